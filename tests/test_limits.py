"""Every limit that docs/limits.md states is the code's, is reached here, and is told in one line."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from polyalign import expressions, files
from polyalign.cli import main, shortage
from polyalign.errors import InputError, UnreadableError
from polyalign.formats import archive, read
from polyalign.formats.bitexts import pairs, structured, tabular
from polyalign.formats.bitexts.streamed import streamed_units
from polyalign.formats.documents import pdf, text
from polyalign.formats.validation import validate
from polyalign.pipeline import read_bitext
from polyalign.preparation import MAX_SEGMENTS
from polyalign.scoring import inputs, results
from polyalign.segmentation import srx
from polyalign.server import jobs, security
from polyalign.store import filters, operations
from polyalign.terms import read as read_glossary
from tests.helpers.places import ROOT

glossary, html, markdown, moses, parquet, xlsx, xml = (  # functions have the names of some
    import_module(f"polyalign.{name}")
    for name in (
        "qa.glossary formats.documents.html formats.documents.markdown formats.bitexts.moses"
        " formats.bitexts.parquet formats.bitexts.xlsx formats.bitexts.xml"
    ).split()
)
STATED = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")


@pytest.mark.parametrize(
    ("limit", "unit"),
    [
        *((limit // 1_000_000, " MB") for limit in (
            text.MAX_TEXT_BYTES, markdown.MAX_MARKDOWN_BYTES, archive.MAX_UNPACKED_BYTES,
            archive.MAX_MEMBER_BYTES, structured.MAX_JSON_BYTES, tabular.MAX_TABLE_BYTES,
            moses.MAX_MOSES_BYTES, xlsx.MAX_XLSX_BYTES, parquet.MAX_PARQUET_BYTES, files.MAX_STREAMED_BYTES,
            files.MAX_LINE_BYTES, xml.MAX_ELEMENT_BYTES, glossary.MAX_GLOSSARY_BYTES, srx.MAX_SRX_BYTES,
            security.MAX_BODY, security.MAX_UPLOAD, shortage.LEAST_BYTES,
        )),
        (html.MAX_TAGS, " tags"),
        (html.MAX_COMPARISONS, " comparisons"),
        (pdf.MAX_PAGES, " pages"),
        (archive.MAX_MEMBERS, " members"),
        (archive.MAX_RATIO, " times"),
        (pairs.MAX_UNITS, " pairs"),
        (xlsx.MAX_COLUMNS, " columns"),
        (glossary.MAX_TERMS, " terms"),
        (glossary.MAX_TERM, " characters"),
        (srx.MAX_RULES, " rules"),
        (srx.MAX_PARAGRAPH, " characters"),
        (int(srx.MAX_SECONDS), " s of processor time"),
        (expressions.MAX_CHARACTERS, " characters"),
        (expressions.MAX_COPIES, " parts"),
        (int(filters.SECONDS), " s |"),
        (inputs.MAX_LINES, " lines"),
        (int(files.UNOPENED_SECONDS), " s if nobody writes"),
        (int(files.SILENT_SECONDS), " s if its writer"),
        (MAX_SEGMENTS, " |"),
        (results.MAX_SAMPLES, " |"),
        (operations.MAX_TEXT, " |"),
        (jobs.MAX_WAITING, " |"),
    ],
)  # fmt: skip
def test_the_page_states_what_the_code_has(limit: int, unit: str) -> None:
    assert f" {limit:,}{unit}" in STATED


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command that fails says, which is one line."""
    assert main([str(argument) for argument in arguments]) in (1, 2)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1, told
    return told[0]


def rules(before: str, count: int = 1, after: str = r"\s") -> str:
    rule = f'<rule break="yes"><beforebreak>{before}</beforebreak><afterbreak>{after}</afterbreak></rule>'
    return (
        '<srx xmlns="http://www.lisa.org/srx20" version="2.0"><body><languagerules>'
        f'<languagerule languagerulename="D">{rule * count}</languagerule></languagerules>'
        '<maprules><languagemap languagepattern=".*" languagerulename="D"/></maprules></body></srx>'
    )


TEXT = "The ship left the harbour at noon. It came back in the evening."


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, Path]:
    """Two short texts."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    return tmp_path / "a.txt", tmp_path / "b.txt"


@POSIX
@pytest.mark.parametrize("suffix", [".txt", ".html", ".tmx", ".json", ".xlsx", ".tsv"])
def test_a_pipe_that_nobody_writes_to(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    begun = time.monotonic()
    assert "pipe" in said(capsys, "pair", pipe, pipe)
    assert time.monotonic() - begun < 30  # of which the most goes into loading


@POSIX
def test_no_option_waits_for_a_pipe(
    tmp_path: Path, texts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for arguments in (
        ["pair", *texts, "--srx", pipe],
        ["pair", *texts, "--answer", pipe],
        ["pair", *texts, "--glossary", pipe, "--qa"],
        ["validate", pipe],
        ["score", pipe, pipe],
        ["review", pipe, pipe],
        ["detect", pipe],
    ):
        assert "pipe" in said(capsys, *arguments)


@POSIX
def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def speak() -> None:
        with pipe.open("w") as file:
            for word in TEXT.split(" "):
                file.write(f"{word} ")
                file.flush()
                time.sleep(0.01)

    speaker = threading.Thread(target=speak)
    speaker.start()
    assert read(pipe).text.strip() == TEXT
    speaker.join()


@POSIX
def test_a_writer_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(files, "UNOPENED_SECONDS", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    silent = os.open(pipe, os.O_RDWR)
    with pytest.raises(UnreadableError, match=r"nothing came for 0\.3 s"):
        read(pipe)
    os.close(silent)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device here")
@pytest.mark.parametrize(
    "arguments",
    [
        ["detect", "/dev/zero"],
        ["pair", "A", "B", "--srx", "/dev/zero"],
        ["pair", "A", "B", "--answer", "/dev/zero"],
        ["pair", "A", "B", "--qa", "--glossary", "/dev/zero"],
        ["score", "/dev/zero", "/dev/zero"],
        ["validate", "/dev/zero"],
        ["translate", "/dev/zero"],
    ],
)
def test_a_device_without_end(
    arguments: Sequence[str],
    texts: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inputs, "MAX_JSON_BYTES", 10_000_000)  # for the time it takes
    named = {"A": str(texts[0]), "B": str(texts[1])}
    assert "/dev/zero is" in said(capsys, *(named.get(word, word) for word in arguments))


def attributes(count: int) -> str:
    return "<p " + " ".join(f'a{k}="x>"' for k in range(count)) + f">{TEXT}</p>"


def test_tags_with_very_many_attributes(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(attributes(300_000), encoding="utf-8")
    with pytest.raises(InputError, match="very many attributes"):
        read(page)
    page.write_text(attributes(300) + f"<svg><path d='{'M 1 2 ' * 300_000}'/></svg>", encoding="utf-8")
    assert read(page).text == TEXT
    page.write_text(f"<script>if (a <b {'c d ' * 300_000}</script><!-- <p {'a ' * 90_000}>--><p>{TEXT}</p>")
    assert read(page).text == TEXT


def test_attributes_are_counted_as_the_parser_counts_them() -> None:
    from lxml import etree

    for tag in (
        "<p a b=c d = 'e f' g=\"h>i\" j/k l=/m n='>",
        "<p/a/b=c'd e'f=\"g\"h",
        "<p =a b==c d='e'f>",
        "<p a=>b</p><p c='1' d",
    ):
        parsed = etree.fromstring(tag + ">", etree.HTMLParser())
        found = sum(len(e.attrib) for e in parsed.iter("p"))
        counted = sum(
            len(set(html._ATTRIBUTE.findall(m["attributes"] or ""))) for m in html._TAG.finditer(tag + ">")
        )
        assert counted >= found, tag


EXPLODING = ["(?:(?:(?:a{1000}){1000}){1000})", "(?:.{9000}){9000}", "(?:a|b{999}){1000}" * 100]


@pytest.mark.parametrize("expression", EXPLODING)
def test_rules_that_would_not_fit_into_memory(
    expression: str, tmp_path: Path, texts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.srx"
    path.write_text(rules(expression), encoding="utf-8")
    assert "line 1: " in (told := said(capsys, "pair", *texts, "--srx", path))
    assert "repeats too much" in told


def test_rules_that_backtrack_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srx, "MAX_SECONDS", 0.5)
    for after in (r"(?:(\w)|(\W))*z", r"((\w|\s)+)+z", r"(?:[^z]+\s?)*\.(x+x+)+y"):
        found = srx.parse_srx(rules("", after=after).encode(), name="a.srx")
        begun = time.process_time()
        with pytest.raises(InputError, match=r"take over 0\.5 s"):
            found.segment(TEXT * 1_000, "en")
        assert time.process_time() - begun < 5
    with pytest.raises(InputError, match="more than 1,000,000 characters"):
        found.segment("a" * 1_000_001, "en")


def test_too_many_rules() -> None:
    with pytest.raises(InputError, match="more rules than the limit of 10,000"):
        srx.parse_srx(rules("a", 10_001).encode(), name="a.srx")
    quoted = srx.parse_srx(rules(r"\Q{1000}\E|a\{9999\}").encode(), name="a.srx")
    assert quoted.segment("a{9999} b", "en") == ((0, 7), (7, 9))


def test_glossaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "terms.tsv"
    path.write_text("a" * 1_001 + "\tb", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: a term is longer than 1,000 characters"):
        read_glossary(path)
    monkeypatch.setattr(glossary, "MAX_TERMS", 3)
    path.write_text("a\tb\nc\td\ne\tf\ng\th\n", encoding="utf-8")
    with pytest.raises(InputError, match="more terms than the limit of 3"):
        read_glossary(path)


LONG = b'{"source": "' + b"a" * 2_000


@pytest.mark.parametrize(
    ("suffix", "use"),
    [(".jsonl", read_bitext), (".jsonl", lambda p: list(streamed_units(p))),
     (".tsv", lambda p: list(streamed_units(p)))],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_a_line_without_end(
    suffix: str, use: Callable[[Path], object], packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_LINE_BYTES", 1_000)
    monkeypatch.setattr("polyalign.formats.bitexts.streamed.MAX_LINE_BYTES", 1_000)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(LONG) if packed else LONG)
    with pytest.raises(InputError, match="line 1 is above the limit"):
        use(path)


def test_gzip_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_STREAMED_BYTES", 3_000_000)
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(b"<tmx>" + b"\n" * 5_000_000))
    for use in (read_bitext, validate, lambda path: list(streamed_units(path))):
        with pytest.raises(InputError, match="above the limit of 3 MB"):
            use(path)


def test_more_pairs_than_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MAX_UNITS", 9)
    path = tmp_path / "a.jsonl"
    path.write_text('{"source": "a", "target": "b"}\n' * 10, encoding="utf-8")
    with pytest.raises(InputError, match="more pairs than the limit of 9"):
        read_bitext(path)
    assert len(list(streamed_units(path))) == 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space by itself")
@pytest.mark.parametrize("megabytes", [100, 340, 450, 600])
def test_too_little_memory_is_one_line(megabytes: int, texts: tuple[Path, Path]) -> None:
    code = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({megabytes}_000_000,) * 2)\n"
        f"sys.argv = ['polyalign', 'pair', {str(texts[0])!r}, {str(texts[1])!r}]\n"
        "from polyalign.cli import main\n"
        "sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode == 0 and megabytes > 400:  # it was enough
        assert done.stdout.count("evening") == 2
        return
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "memory" in done.stderr


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OSError(12, "Cannot allocate memory"), RuntimeError("can't start new thread"),
     ImportError("libx.so: failed to map segment from shared object")],
)  # fmt: skip
def test_what_says_that_memory_was_refused(error: Exception) -> None:
    wrapped = ValueError("another")
    wrapped.__cause__ = error
    assert shortage.is_short_of_memory(error)
    assert shortage.is_short_of_memory(wrapped)
    assert not shortage.is_short_of_memory(ValueError("another"))
