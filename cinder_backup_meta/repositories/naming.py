# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Rules for ``container`` and ``service_metadata`` that families share."""

import posixpath
import re
import typing
import unicodedata

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta import reasons

#: Characters; the length of the columns of Cinder's ``backups`` table.
MAX_LENGTH = 255

# Controls, format characters such as those that turn the direction of a text,
# halves of surrogate pairs, and separators of lines and paragraphs. Python
# regards other spaces, and characters that it does not know yet, as not
# printable too; Cinder and the storages take them.
_HIDDEN = frozenset(('Cc', 'Cf', 'Cs', 'Zl', 'Zp'))

_ANY_VOLUME = re.compile('volume_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')

_CODES = {
    'container': reasons.Reason.CONTAINER_INVALID,
    'service_metadata': reasons.Reason.SERVICE_METADATA_INVALID,
}


def check_text(record: typing.Any, name: str) -> str:
    """Return ``container`` or ``service_metadata``, if it is text at all.

    :raises Refused: if it is null, empty, longer than the column, or has
        characters that a reader does not see, such as NUL or a line end
    """
    text = fields.value(record, name)
    if not isinstance(text, str) or not text:
        raise refusal(name, 'must be a string that is not empty')
    if len(text) > MAX_LENGTH:
        raise refusal(name, f'must not be longer than {MAX_LENGTH} characters')
    if not text.isprintable() and not _HIDDEN.isdisjoint(
        map(unicodedata.category, text)
    ):
        raise refusal(name, 'must not contain control characters')
    return text


def refusal(name: str, rule: str) -> exception.Refused:
    """Return the error for a ``container`` or ``service_metadata``.

    :param rule: the rule that it breaks, without the value
    """
    return exception.Refused(_CODES[name], f'{name}: {rule}')


def normal_path(path: str) -> str:
    """Return the shortest spelling of a relative path without links."""
    return posixpath.normpath(path)


def is_same_path(one: str | None, other: str | None) -> bool:
    """Return whether two paths that are known are spellings of the same."""
    return bool(one and other and normal_path(one) == normal_path(other))


def volume_start(prefix: str, record: typing.Any, end: str) -> str:
    """Return how the prefix of a backup's objects has to begin.

    If the record does not know the volume, that is how it does begin, provided
    that a UUID is in the place of the volume's id.

    :param end: what follows the volume's id
    """
    if not fields.has_volume(record):
        match = _ANY_VOLUME.match(prefix)
        if match and prefix.startswith(end, match.end()):
            return match[0] + end
    return f'volume_{fields.value(record, "volume_id")}{end}'


def between(text: str, start: str, end: str) -> str:
    """Return the part of a text between its start and its end.

    A regular expression that contains a record's ids would have to be
    compiled for each record, which takes longer than the rest of its check.

    :returns: an empty string if the text does not start or end this way
    """
    if not text.startswith(start) or not text.endswith(end):
        return ''
    return text[len(start) : len(text) - len(end)]
