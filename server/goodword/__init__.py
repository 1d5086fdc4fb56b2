"""goodword: referral tracking whose count is right."""

from importlib.metadata import version

__version__ = version("goodword")
