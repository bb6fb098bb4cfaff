"""Reads a compressed file from end to end by Python's standard library."""

import bz2
import gzip
import sys
import zipfile

from serve import serve

PIECE = 1 << 20


def stream(opened):
    with opened as file:
        while file.read(PIECE):
            pass


def archive(path):
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            file.read(name)


READERS = {
    "gz": lambda path: stream(gzip.open(path)),
    "bz2": lambda path: stream(bz2.open(path)),
    "zip": archive,
}


def prepare(settings):
    read = READERS[settings["kind"]]
    name = "Python " + ".".join(map(str, sys.version_info[:3]))
    return name, lambda: read(settings["path"]), None


serve(prepare)
