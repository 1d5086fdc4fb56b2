"""5. What is owed: rewards, the moves they may make, and when they may go out.

In: an occasion and the rules active at it. Out: rewards, `due` or `held`.
"""
