"""3. "They converted": what one report, by whatever door, makes of an order and a lead.

In: a report with its evidence and what is already known. Out: its place and its status.
"""
