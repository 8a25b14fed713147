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

"""Quoting text that somebody else has written.

A name, a project id, the message of a driver or of a server may contain line
breaks, escape sequences of terminals, and characters that reverse the
direction of writing. Printed as it is, such text can forge a line of a log or
of a table. Whatever is printed or logged passes through :func:`quote` first:
the exceptions of the plugin and its loggers do that by themselves.
"""

import typing


def quote(text: object, limit: int | None = None, keep: str = '') -> str:
    r"""Return text of unknown origin in a form that is safe in messages.

    Whatever is not printable is written as in Python, such as ``\n``. Quoting
    what is quoted already changes nothing.

    :param limit: the number of characters after which it is cut off
    :param keep: characters to leave as they are
    :returns: text in one line, without quotation marks around it
    """
    quoted = str(text)
    if not quoted.isprintable():
        quoted = ''.join(
            one if one.isprintable() or one in keep else _escaped(one)
            for one in quoted
        )
    if limit is None or len(quoted) <= limit:
        return quoted
    return quoted[:limit] + '...'


def _escaped(character: str) -> str:
    return character.encode('unicode_escape').decode('ascii')


def quote_all(value: typing.Any) -> typing.Any:
    """Return a structure like that of JSON with all texts in it quoted."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return {quote_all(key): quote_all(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(quote_all, value))
    return value
