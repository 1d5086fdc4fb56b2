"""4. Doubt: the checks that every report passes, and the findings they leave.

In: verified facts. Out: findings, each with its verdict and its reason in words.
"""
