"""The version, the one place where it stands: the package is built with it and every signature names it."""

VERSION = "0.2.0"
