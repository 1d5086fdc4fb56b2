"""Who may come in: admins and their sessions, the back-off of log-ins, API keys.

In: what somebody presents (an e-mail and a password, a cookie, a key). Out: who that is, if anyone.
"""
