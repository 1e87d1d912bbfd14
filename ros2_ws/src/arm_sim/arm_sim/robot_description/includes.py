"""Finds the MJCF file that includes another one, for those who open the part for the whole."""

import itertools
import os
import re
from pathlib import Path

# Enough for the folder of any robot found; a user's home folder must not be read through.
_MOST_FILES = 200
_MOST_BYTES = 2 * 2**20


def hint_at_whole(path: Path) -> str:
    """Returns a sentence that names a file which includes `path`, with a leading space; or ''.

    It looks among the .xml files of its folder and of the folder above.
    """
    # Its last group is what is between the quotes: the path as the other file writes it.
    pattern = rb"""<include\s[^>]*?file\s*=\s*["']([^"']*%b)["']""" % re.escape(path.name.encode())
    includes = re.compile(pattern)
    folder = path.absolute().parent
    candidates = itertools.chain(folder.glob("*.xml"), folder.parent.glob("*.xml"))
    for file in sorted(itertools.islice(candidates, _MOST_FILES)):
        try:
            if file.is_file() and file.stat().st_size < _MOST_BYTES:
                for name in includes.findall(file.read_bytes()):
                    if os.path.samefile(file.parent / os.fsdecode(name), path):
                        return f" It is a part of {file}: open that one."
        except OSError:
            continue
    return ""
