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

"""Reading the fields of a record, and quoting what others wrote."""

import re
import typing


def value(record: typing.Any, name: str) -> typing.Any:
    """Return a field of a record, None where it is unset."""
    try:
        return getattr(record, name)
    except NotImplementedError:
        return None


def ids(record: typing.Any) -> tuple[str, str]:
    """Return the ids of volume and backup, for use in a regular expression."""
    return re.escape(str(value(record, 'volume_id'))), re.escape(record.id)


def between(text: str, start: str, end: str) -> str:
    """Return what is left of a text between its start and its end.

    A regular expression with a record's ids in it would have to be compiled
    for each record, which takes longer than all the rest of its check.

    :returns: empty if it does not start or end so
    """
    if not text.startswith(start) or not text.endswith(end):
        return ''
    return text[len(start) : len(text) - len(end)]


def quote(text: object, limit: int = 300) -> str:
    """Return what others wrote, fit for a message: short, ASCII, one line."""
    quoted = ascii(str(text))[1:-1]
    return quoted if len(quoted) <= limit else quoted[:limit] + '...'
