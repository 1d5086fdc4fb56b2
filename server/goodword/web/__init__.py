"""The doors: what comes in over HTTP, parsed, checked for form, handed to the lifecycle.

In: requests. Out: answers. Nothing is decided here.
"""
