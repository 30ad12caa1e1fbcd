"""The Respace emulator of the sendspace API, for tests in Python. It needs nothing but the standard library."""
from ._control import ControlError, UnfiredFaultError, VerificationError
from .emulator import Emulator, StartError
from .sandbox import Sandbox

__all__ = ["ControlError", "Emulator", "Sandbox", "StartError", "UnfiredFaultError", "VerificationError"]
