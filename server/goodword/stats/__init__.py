"""7. Looking: what an admin's pages and the test run read. Writes nothing.

In: a campaign and a stretch of time. Out: counts, sums and pages of rows.
"""
