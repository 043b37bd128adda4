"""Files that appear whole, whoever reads them and whenever writing fails."""

from __future__ import annotations

import os
import threading

import pytest

from fem_cell.errors import InputError
from fem_cell.output.files import append_line, read_json, replace_json, replace_text

ROW = ",".join(["0.123456789012"] * 20)


def test_a_reader_never_sees_half_a_line(tmp_path):
    path, seen, over = tmp_path / "series.csv", [], threading.Event()

    def read():
        while not over.is_set():
            text = path.read_text() if path.is_file() else ""
            seen.append(text.count("\n"))
            if text.replace(ROW + "\n", ""):
                seen.append(-1)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(1500):
        append_line(path, ROW)
    over.set()
    reader.join()
    assert -1 not in seen
    assert len(set(seen)) > 10
    assert path.read_text() == (ROW + "\n") * 1500


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_a_line_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path, monkeypatch, rows):
    path = tmp_path / "series.csv"
    replace_text(path, "a\n" * rows)

    def half(descriptor, data):
        return os.pwrite(descriptor, data[: len(data) // 2], 10**6)

    monkeypatch.setattr("fem_cell.output.files.os.write", half)
    with pytest.raises(OSError, match=r"No space left on device: .*series\.csv"):
        append_line(path, "b" * 1000)
    assert path.read_text() == "a\n" * rows
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_or_left(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    replace_json(path, {"status": "running"})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fem_cell.output.files.os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*run\.json"):
        replace_text(path, "new")
    assert read_json(path) == {"status": "running"}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"3"])
def test_damaged_json_is_named(tmp_path, content):
    path = tmp_path / "stress.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"stress\.json is damaged"):
        read_json(path)
