"""What all tests share: a cache of their own, the default encoder and the sample pair, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import polyalign
from polyalign.bitext import Bitext
from polyalign.encoders.use_m3 import UseM3
from polyalign.parts import Document
from polyalign.threads import one_thread_each
from tests.helpers.page_browser import baku_room as baku_room
from tests.helpers.page_browser import browser as browser
from tests.helpers.places import SEEDS
from tests.helpers.tiny_marian import tiny_ar_en as tiny_ar_en
from tests.helpers.tiny_marian import tiny_en_mul as tiny_en_mul

settings.register_profile("polyalign", deadline=None, derandomize=True)
settings.load_profile("polyalign")


@pytest.fixture(scope="session")
def shared_by_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its processes have."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, shared_by_workers: Path) -> Iterator[None]:
    """One cache for the whole run: what is decoded is decoded once, and the user's are not touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYALIGN_CACHE", str(shared_by_workers / "polyalign-cache"))
        patch.setenv("HF_HUB_CACHE", str(tmp_path_factory.mktemp("hub")))
        patch.delenv("POLYALIGN_MODELS", raising=False)
        patch.setenv("RAY_ADDRESS", "local")  # not the cluster of whoever else works on this machine
        yield


@pytest.fixture(scope="session", autouse=True)
def _few_threads() -> Iterator[None]:
    """Encoders are called directly here; only the pipeline limits numpy to the cores there are."""
    with one_thread_each():
        yield


@pytest.fixture(scope="session")
def encoder() -> UseM3:
    return UseM3()


@pytest.fixture(scope="session")
def aligner(encoder: UseM3) -> polyalign.Aligner:
    return polyalign.Aligner(encoder=encoder, translate="off")


@pytest.fixture(scope="session")
def baku() -> tuple[Document, Document]:
    """The Arabic and the English report on the conference in Baku."""
    return polyalign.read(str(SEEDS / "baku.ar.txt")), polyalign.read(str(SEEDS / "baku.en.txt"))


@pytest.fixture(scope="session")
def baku_bitext(aligner: polyalign.Aligner, baku: tuple[Document, Document]) -> Bitext:
    return aligner.pair(*baku)
