"""Names, locks and self-tests by their laws; pulling from a real small hub that misbehaves."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyalign.errors import (
    InputError,
    NotInstalledError,
    OutputError,
    PolyalignError,
    UnreadableError,
    UsageError,
)
from polyalign.hub import (
    SENTENCES,
    FileRecord,
    Lock,
    RemoteFile,
    Trial,
    download,
    flaw,
    install,
    list_models,
    locate,
    look_up,
    plan_to_remove,
    read_lock,
    verify,
    wanted,
)
from polyalign.hub.lock import damages, files_in, locks, recorded
from polyalign.hub.modelnames import split_pair
from polyalign.routing import find_model, registry
from polyalign.translation.scripts import scripts_of
from tests.helpers.hub_server import (
    DOWNLOADED,
    IN_WAY,
    NAME,
    HubServer,
    empty_hub,
    environment,
    git_blob,
    hub,
    repository,
    tiny_tr_ar,
)
from tests.helpers.tiny_marian import SENTENCES as KNOWN
from tests.helpers.tiny_marian import Tiny, binary_only

__all__ = ["empty_hub", "hub", "repository", "tiny_tr_ar"]  # fixtures


def pull(name: str = "tr-ar", **options: Any) -> Lock:
    offer = look_up(name, **options)
    return install(offer, download(offer))


def reason(name: str = "tr-ar", **options: Any) -> str:
    """The one line with which a pull fails."""
    with pytest.raises(PolyalignError) as caught:
        pull(name, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def blobs(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.glob("hf/hub/models--*/blobs/*"))


# names


def test_every_pair_of_the_registry_is_a_name() -> None:
    for pair, (entry, *_) in registry().models.items():
        found = wanted(entry.name)
        assert split_pair(entry.name) == pair
        assert (found.repository, found.pairs, found.licence) == (entry.repository, (entry,), entry.licence)


def test_a_repository_stands_for_all_its_pairs() -> None:
    for entry in registry().entries:
        assert entry in wanted(entry.repository).pairs


def test_a_repository_outside_the_registry_says_what_it_does() -> None:
    [pair] = wanted("me/mine", pair="en-ar", code=">>ara<<").pairs
    assert (pair.source, pair.target, pair.code, pair.licence) == ("en", "ar", ">>ara<<", "unknown")
    assert wanted("me/mine").pairs == ()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ar-xx", "no model is known"),
        ("ar-hi", "polyalign models pull ar-en, then polyalign models pull en-hi"),
        ("en-en", "the same language"),
        ("opus", "is no model: give a pair"),
        ("a/b/c", "is no model: give a pair"),
        ("../up/there", "needs no pull"),
        ("/no/such", "needs no pull"),
        ("", "is no model"),
    ],
)
def test_other_names_are_refused(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        wanted(name)


def test_a_folder_needs_no_pull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "model").mkdir(parents=True)
    with pytest.raises(UsageError, match="use it with --translate mine/model"):
        wanted("mine/model")


# the self-test

LANGUAGES = st.sampled_from(sorted(SENTENCES))


@given(LANGUAGES, LANGUAGES)
def test_a_translation_into_the_right_language_has_no_flaw(source: str, target: str) -> None:
    if source != target:
        assert flaw(SENTENCES[source], SENTENCES[target], target) == ""


@given(LANGUAGES, LANGUAGES, LANGUAGES)
def test_a_wrong_script_a_copy_and_a_loop_are_flaws(source: str, target: str, other: str) -> None:
    text = SENTENCES[source]
    assert flaw(text, text, source)
    assert flaw(text, SENTENCES[target].split()[0] * 4, target)
    assert flaw(text, " ".join(SENTENCES[target].split()[-1:] * 5), target)
    if not scripts_of(other) & scripts_of(target):
        assert flaw(text, SENTENCES[other], target)


@pytest.mark.parametrize("output", ["", " ", "...", "-", "the the the the", "connectconnectconnectconnect"])
def test_what_says_nothing_is_a_flaw(output: str) -> None:
    assert flaw(SENTENCES["ar"], output, "en")


@pytest.mark.parametrize(
    ("target", "output"),
    [("sr", "Библиотека"), ("sr", "Biblioteka"), ("zh-Hant", "圖書館九點開門"), ("pt-BR", "Às nove")],
)
def test_languages_of_two_scripts_and_tags_with_regions(target: str, output: str) -> None:
    assert flaw(SENTENCES["en"], output, target) == ""


# checksums and locks


@given(st.binary(max_size=100), st.integers(0, 99))
def test_a_checksum_tells_any_changed_byte(data: bytes, position: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        records = {path: recorded(Path(folder), ["file"])["file"]}
        remote = RemoteFile("file", len(data), blob=git_blob(data))
        assert remote.matches(path)
        assert not list(damages(records))
        changed = bytearray(data or b"x")
        changed[position % len(changed)] ^= 1
        path.write_bytes(changed)
        assert not remote.matches(path)
        assert [damage.what for damage in damages(records)] == ["damaged"]
        path.unlink()
        assert [damage.what for damage in damages(records)] == ["missing"]


def test_a_blob_has_gits_own_checksum(tmp_path: Path) -> None:
    """The known value is what `git hash-object` prints for this line."""
    (tmp_path / "file").write_bytes(b"hello\n")
    remote = RemoteFile("file", 6, blob="ce013625030ba8dba906f756967f9e9ca394464a")
    assert remote.matches(tmp_path / "file")


RECORDS = st.dictionaries(
    st.from_regex(r"[a-z]{1,5}\.[a-z]{3}", fullmatch=True),
    st.builds(FileRecord, st.integers(0, 2**40), st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
)


@given(RECORDS, RECORDS, st.lists(st.builds(Trial, st.just("ar-en"), st.none(), st.text(), st.text())))
def test_a_lock_reads_back_as_it_was_written(
    files: dict[str, FileRecord], derived: dict[str, FileRecord], trials: list[Trial]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "a-b")
        lock = Lock("a/b", "0" * 40, "mit", "2026-01-31", Path("/x"), home, files, derived, tuple(trials))
        lock.write()
        assert read_lock(lock.path) == lock
        assert lock.size == sum(record.size for record in lock.paths.values())


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"schema": "other"}', b'{"schema": 1}'])
def test_what_is_no_lock_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.lock.json").write_bytes(content)
    with pytest.raises(UnreadableError, match="pull the model again"):
        read_lock(tmp_path / "a.lock.json")


# pulling


def test_a_pull_brings_what_is_needed_and_locks_it(hub: HubServer, repository: Path) -> None:
    lock = pull()
    assert (lock.repository, lock.revision, lock.licence) == (NAME, "a" * 40, "apache-2.0")
    assert set(lock.files) == DOWNLOADED | {"model.safetensors"}
    assert not any(name in path for name in IN_WAY for path in hub.paths())
    assert all((lock.folder / name).read_bytes() == (repository / name).read_bytes() for name in lock.files)
    assert {name.split("/")[0] for name in lock.derived} >= {"ctranslate2"}
    assert lock.derived.keys() == set(files_in(lock.home))
    [trial] = lock.trials
    assert (trial.pair, trial.code, trial.text) == ("tr-ar", ">>ara<<", SENTENCES["tr"])
    assert scripts_of("ar") == {"ARABIC"}
    assert flaw(trial.text, trial.output, "ar") == ""
    assert find_model(NAME) == lock.folder == locate("tr-ar") == locate(NAME)
    assert read_lock(lock.path) == lock
    assert json.loads(lock.path.read_text(encoding="utf-8"))["schema"] == "polyalign.model-lock/1"


def test_no_token_and_no_telemetry_is_sent_and_none_is_kept(hub: HubServer, tmp_path: Path) -> None:
    pull()
    assert not any("authorization" in headers for _, _, headers in hub.asked)
    assert not any("torch" in headers["user-agent"] for _, _, headers in hub.asked)
    assert not any("telemetry" in path or "harness" in path for _, path, _ in hub.asked)
    assert not [path for path in tmp_path.glob("hf/*") if path.name != "hub"]


def test_progress_counts_bytes_to_the_end(repository: Path) -> None:
    offer, seen = look_up("tr-ar"), [(0, 0)]
    download(offer, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen[1:]} == {offer.size}
    assert seen[-1] == (offer.size, offer.size)
    assert offer.size == sum((repository / name).stat().st_size for name in offer.files)


def test_a_second_pull_downloads_nothing(hub: HubServer) -> None:
    first = pull()
    hub.asked.clear()
    assert pull() == first
    assert hub.paths() == [f"/api/models/{NAME}"]


def test_the_revision_is_pinned(hub: HubServer) -> None:
    assert pull(revision="a" * 40).revision == "a" * 40
    assert hub.paths()[0] == f"/api/models/{NAME}/revision/{'a' * 40}"
    assert "has no revision v9" in reason(revision="v9")


def test_the_newest_commit_is_the_one_that_serves(hub: HubServer, repository: Path) -> None:
    (old, new) = ("f" * 40, "1" * 40)
    for revision in (old, new):
        hub.add(NAME, repository, revision=revision)
        assert pull().revision == revision
        assert locate("tr-ar").name == revision
    assert {lock.revision for lock in locks()} == {old, new}
    [model] = list_models()
    assert model.verified


def test_a_mirror_that_tells_neither_sizes_nor_checksums(hub: HubServer) -> None:
    hub.repositories[NAME].terse = True
    assert pull().tried("tr-ar")
    assert verify() == []


def test_only_a_binary_is_enough(hub: HubServer, tiny_tr_ar: Tiny, tmp_path: Path) -> None:
    hub.add(NAME, binary_only(tiny_tr_ar.copied(tmp_path / "binary")))
    lock = pull()
    assert "pytorch_model.bin" in lock.files
    assert "model.safetensors" not in lock.files
    assert any(name.endswith(".safetensors") for name in lock.derived)


def test_the_licence_of_the_card_counts_and_a_difference_is_said(hub: HubServer) -> None:
    hub.repositories[NAME].licence = "cc-by-4.0"
    offer = look_up("tr-ar")
    assert offer.licence == "cc-by-4.0"
    assert any("registry says apache-2.0" in line and "cc-by-4.0" in line for line in offer.describe())
    hub.repositories[NAME].licence = None
    assert look_up("tr-ar").licence == "apache-2.0"


def test_a_repository_outside_the_registry(hub: HubServer, repository: Path) -> None:
    hub.add("me/mine", repository, licence=None)
    assert "add them, as in --pair" in reason("me/mine")
    assert pull("me/mine", pair="tr-ar", code=">>ara<<").tried("tr-ar")
    assert "does not know the target code >>xxx<<" in reason("me/mine", pair="tr-ar", code=">>xxx<<")
    settings = {"source_lang": "tr", "target_lang": "ar"}
    (repository / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    hub.add("me/other", repository, revision="b" * 40)
    assert pull("me/other").trials[0].pair == "tr-ar"
    assert {model.repository for model in list_models()} == {"me/mine", "me/other"}


def test_a_model_that_fails_its_self_test_is_not_verified(hub: HubServer, repository: Path) -> None:
    """It writes Arabic, and is served as one that writes Turkish."""
    hub.add("Helsinki-NLP/opus-mt-ar-tr", repository)
    assert "failed its self-test for ar-tr" in reason("ar-tr")
    assert not list(locks())
    [model] = list_models()
    assert (model.pair, model.verified) == ("ar-tr", False)


# what goes wrong on the way


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (401, "asks for a token that is valid"),
        ("token", "unset HF_TOKEN if it is an old one, or log in"),
        (403, "refuses access"),
        (404, "answered with an error \\(404\\)"),
        (429, "limits how much it is asked"),
        (500, "answered with an error \\(500\\)"),
        ("html", "does not answer as a hub does"),
        ("stall", "stopped answering"),
        ("endless!", "does not answer as a hub does"),
        ("around!", "broke off"),
        ("elsewhere!", "no connection to"),
    ],
)
def test_a_hub_that_does_not_answer_is_one_line(hub: HubServer, trouble: str | int, told: str) -> None:
    hub.troubles["info"] = [trouble]
    with pytest.raises(PolyalignError, match=told):
        look_up("tr-ar")


@pytest.mark.usefixtures("empty_hub")
def test_a_missing_repository_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "has no model Helsinki-NLP/opus-mt-tr-ar, or it is private" in reason()
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "no connection to http://127.0.0.1:9: check the network" in reason()


@pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_mode_is_named(hub: HubServer, monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    monkeypatch.setenv(switch, "1")
    assert f"while {switch} is set: unset it" in reason()
    assert not hub.asked


def test_a_gated_repository(hub: HubServer) -> None:
    hub.troubles["HEAD source.spm"] = [403]
    assert f"is gated: accept its terms on {hub.url}/{NAME}" in reason()


@pytest.mark.parametrize("trouble", ["break", "stall"])
def test_a_download_that_breaks_off_goes_on_where_it_was(
    hub: HubServer, repository: Path, trouble: str
) -> None:
    hub.troubles["model.safetensors"] = [trouble, 429]
    download(look_up("tr-ar"))
    ranges = [headers["range"] for _, path, headers in hub.asked if "cdn" in path and "range" in headers]
    half = (repository / "model.safetensors").stat().st_size // 2
    assert f"bytes={half // 65536 * 65536}-" in ranges


def test_a_wrong_checksum_is_fetched_again_and_never_kept(hub: HubServer, tmp_path: Path) -> None:
    hub.troubles = {"model.safetensors": ["wrong"], "vocab.json": ["wrong"]}
    pull()
    shutil.rmtree(tmp_path / "hf")
    hub.troubles = {"model.safetensors": ["wrong!"]}
    assert "model.safetensors came with a wrong checksum twice" in reason()
    assert find_model(NAME) is None
    assert not [name for name in blobs(tmp_path) if name.endswith("incomplete")]


@pytest.mark.parametrize("name", ["vocab.json", "model.safetensors"])
def test_a_file_without_an_end_is_given_up_and_not_kept(hub: HubServer, tmp_path: Path, name: str) -> None:
    hub.troubles = {name: ["endless!"]}
    assert f"{name} does not end where the hub says" in reason()
    assert find_model(NAME) is None
    hub.troubles = {}
    pull()
    assert not [blob for blob in blobs(tmp_path) if blob.endswith("incomplete")]


@pytest.mark.parametrize(("trouble", "told"), [("around!", "broke off"), ("elsewhere!", "no connection")])
def test_a_file_that_is_sent_elsewhere(hub: HubServer, trouble: str, told: str) -> None:
    hub.troubles = {"model.safetensors": [trouble]}
    assert told in reason()
    assert find_model(NAME) is None


def test_a_token_goes_to_the_hub_and_not_to_where_it_redirects(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    pull()
    sent = {(path.startswith("/cdn/"), "authorization" in headers) for _, path, headers in hub.asked}
    assert (False, True) in sent
    assert (True, True) not in sent


def test_a_file_that_comes_in_short_is_not_kept(hub: HubServer) -> None:
    hub.troubles = {"model.safetensors": ["short!"]}
    assert "came in short" in reason()
    assert find_model(NAME) is None
    hub.troubles = {}
    pull()


@pytest.mark.usefixtures("hub")
def test_damage_in_the_cache_is_found_and_mended() -> None:
    lock = pull()
    for path in (lock.folder / "model.safetensors", lock.home / "ctranslate2" / "model.bin"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    (lock.folder / "vocab.json").resolve().unlink()
    found = {damage.path.name: damage.what for damage in verify()}
    assert found == {"vocab.json": "missing", "model.safetensors": "damaged", "model.bin": "damaged"}
    assert verify("tr-ar") == verify(NAME) == verify()
    assert pull() == lock
    assert verify() == []


@pytest.mark.parametrize("missing", ["source.spm", "config.json"])
def test_a_repository_that_is_not_marian(repository: Path, missing: str) -> None:
    (repository / missing).unlink()
    assert f"is no MarianMT model that can be used, it has no {missing}" in reason()


def test_another_kind_of_model_is_refused_before_its_weights(hub: HubServer, repository: Path) -> None:
    config = json.loads((repository / "config.json").read_text(encoding="utf-8"))
    (repository / "config.json").write_text(json.dumps(config | {"model_type": "m2m_100"}), encoding="utf-8")
    assert "its type is m2m_100" in reason()
    assert not any("safetensors" in path for path in hub.paths())


def test_a_vocabulary_that_does_not_fit_is_refused_before_the_weights(
    hub: HubServer, repository: Path
) -> None:
    vocabulary = json.loads((repository / "vocab.json").read_text(encoding="utf-8"))
    (repository / "vocab.json").write_text(json.dumps(dict(list(vocabulary.items())[:-9])), encoding="utf-8")
    with pytest.raises(InputError):
        download(look_up("tr-ar"))
    assert not any("safetensors" in path for path in hub.paths())


def test_without_the_hubs_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(NotInstalledError, match=r"pip install 'polyalign\[translate\]'"):
        look_up("tr-ar")


def test_what_models_need_is_missed_before_the_download(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(NotInstalledError, match=r"ctranslate2, which models need.*pip install"):
        look_up("tr-ar")
    assert not hub.asked


@pytest.mark.usefixtures("hub")
def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "hf").write_bytes(b"a file where the folder should be")
    assert reason().startswith(f"cannot write {tmp_path / 'hf'}")


# processes

PULL = """
from polyalign.hub import download, install, look_up
offer = look_up("tr-ar")
folder = download(offer)
install(offer, folder)
"""


def process(code: str, hub: HubServer, tmp_path: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | environment(hub.url, tmp_path) | options.pop("env", {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_killed_pull_starts_clean(hub: HubServer, tmp_path: Path) -> None:
    hub.troubles["model.safetensors"] = ["slow"]
    with process(PULL, hub, tmp_path) as killed:
        deadline = time.monotonic() + 120
        while not any(path.startswith("/cdn") and "safetensors" in path for path in hub.paths()):
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.5)
        killed.kill()
    assert any(name.endswith(".incomplete") for name in blobs(tmp_path))
    assert find_model(NAME) is None
    pull()
    assert not any(name.endswith(".incomplete") for name in blobs(tmp_path))
    assert verify("tr-ar") == []


def test_two_pulls_at_once_do_no_damage(hub: HubServer, tmp_path: Path) -> None:
    hub.troubles["model.safetensors"] = ["slow", "slow"]
    with process(PULL, hub, tmp_path) as one, process(PULL, hub, tmp_path) as other:
        assert [one.communicate()[1], other.communicate()[1]] == ["", ""]
    assert (one.returncode, other.returncode) == (0, 0)
    [lock] = locks()
    assert lock.tried("tr-ar")
    assert verify() == []


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A file system of so many bytes at the folder; skips where this user may not mount one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = (
        subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    )
    if done is None or done.returncode:
        pytest.skip("a small disk cannot be mounted here: " + (done.stderr.strip() if done else "no mount"))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("size", [400_000, 700_000])
@pytest.mark.usefixtures("hub")
def test_a_full_disk(tmp_path: Path, size: int) -> None:
    with small_disk(tmp_path / "hf", size):
        with pytest.raises(OutputError, match=f"no room for {NAME}"):
            pull()
        assert find_model(NAME) is None


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
from polyalign.errors import OutputError
from polyalign.hub import download, look_up
try:
    download(look_up("tr-ar"))
except OutputError as error:
    print(error)
"""


def test_a_write_that_fails_in_the_middle(hub: HubServer, tmp_path: Path) -> None:
    pytest.importorskip("resource")
    with process(LIMITED, hub, tmp_path) as limited:
        out, err = limited.communicate()
    assert (err, out.count("\n")) == ("", 1)
    assert out.startswith(f"no room for {NAME} in {tmp_path / 'hf' / 'hub'}: free some space")
    assert not any(name.endswith(".incomplete") for name in blobs(tmp_path))


BLOCKED = """
import socket, sys
def blocked(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__",):
        raise SystemExit(f"the network was used: {event}")
sys.addaudithook(blocked)
from polyalign.hub import list_models, locate, plan_to_remove, verify
from polyalign.routing import route
from polyalign.translation import open_translator
print(locate("tr-ar").name, [m.verified for m in list_models()], verify())
print(open_translator(route("tr", "ar")).translate([sys.argv[1]])[0].text)
plan_to_remove("tr-ar").run()
print(list_models())
"""


def test_everything_but_pull_works_without_a_network(hub: HubServer, tmp_path: Path) -> None:
    lock = pull()
    hub.asked.clear()
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, KNOWN[0][2]],
        env=os.environ | environment(hub.url, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{lock.revision} [True] []", KNOWN[0][0], "[]"]
    assert hub.asked == []


# removal


def test_removal_frees_what_it_says_and_keeps_what_another_revision_needs(
    hub: HubServer, repository: Path, tmp_path: Path
) -> None:
    lock = pull()
    (repository / "README.md").write_text("another card", encoding="utf-8")
    hub.add(NAME, repository, revision="b" * 40)
    other = download(look_up("tr-ar"))
    before = size_below(tmp_path)
    removal = plan_to_remove("tr-ar")
    removal.run()
    assert (removal.paths, removal.pairs) == ((lock.folder,), ())  # the other revision serves by now
    assert before - size_below(tmp_path) == pytest.approx(removal.size, abs=200)  # refs are not counted
    assert not lock.folder.exists()
    assert not lock.home.exists()
    assert not lock.path.exists()
    assert {path.name for path in other.iterdir() if path.exists()} == DOWNLOADED | {"model.safetensors"}


def test_revisions_that_share_files_are_removed_together(
    hub: HubServer, repository: Path, tmp_path: Path
) -> None:
    """What only the two of them need goes, and so does the whole folder."""
    pull()
    hub.add(NAME, repository, revision="b" * 40)
    pull()
    before = size_below(tmp_path)
    removal = plan_to_remove(NAME)
    removal.run()
    assert len(removal.paths) == 2
    assert before - size_below(tmp_path) == pytest.approx(removal.size, abs=200)
    assert not list(tmp_path.glob("hf/hub/models--*"))


def size_below(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.mark.usefixtures("hub")
def test_removal_works_on_damaged_and_on_half_removed_models() -> None:
    lock = pull()
    (lock.folder / "vocab.json").resolve().unlink()
    plan_to_remove("tr-ar").run()
    assert not lock.folder.exists()
    assert list_models() == []
    lock = pull()
    shutil.rmtree(lock.folder.parents[1])
    assert {damage.what for damage in verify()} == {"missing"}
    plan_to_remove(NAME).run()
    assert not lock.home.exists()
    with pytest.raises(NotInstalledError, match="polyalign models pull tr-ar"):
        plan_to_remove("tr-ar")


@pytest.mark.usefixtures("hub")
def test_a_folder_of_the_users_own_is_never_removed(tiny_tr_ar: Tiny, tmp_path: Path) -> None:
    own = tiny_tr_ar.copied(tmp_path / "own" / "tr-ar")
    assert locate("tr-ar") == own
    with pytest.raises(UsageError, match="a folder of your own: remove it yourself"):
        plan_to_remove("tr-ar")
    with pytest.raises(PolyalignError, match="was not pulled by polyalign"):
        verify("tr-ar")
    [model] = list_models()
    assert (model.location, model.verified) == (own, False)
