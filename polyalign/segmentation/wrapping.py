from typing import Literal

Wrapped = Literal["auto", "yes", "no"]


def unwrapped(text: str, wrapped: Wrapped = "auto") -> str:
    return text
