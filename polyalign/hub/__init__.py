"""Model names to installed models: pull them from the hub, list, find, verify and remove them.

Only `look_up` and `download` use the network.
"""

from polyalign.hub.client import RemoteFile
from polyalign.hub.installed import InstalledModel, Removal, list_models, locate, plan_to_remove, verify
from polyalign.hub.lock import Damage, FileRecord, Lock, locks, read_lock
from polyalign.hub.modelnames import Wanted, wanted
from polyalign.hub.pulling import Offer, download, install, look_up
from polyalign.hub.selftest import SENTENCES, Trial, flaw

__all__ = [
    "SENTENCES",
    "Damage",
    "FileRecord",
    "InstalledModel",
    "Lock",
    "Offer",
    "RemoteFile",
    "Removal",
    "Trial",
    "Wanted",
    "download",
    "flaw",
    "install",
    "list_models",
    "locate",
    "locks",
    "look_up",
    "plan_to_remove",
    "read_lock",
    "verify",
    "wanted",
]
