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

"""Reading a JSON object from the backup storage in bounded memory.

Nothing that comes from the storage is trusted: an object of some MiB can hold
millions of values, and Python needs up to a hundred bytes for each. The bytes
are therefore parsed as they arrive, and only what is asked for is kept.
"""

from collections.abc import Iterator
import typing

import ijson

#: How many bytes are read at once.
CHUNK = 2**16

#: The size in bytes of the largest object that is read, by default.
MAX_SIZE = 64 * 2**20

# The longest text or number, in bytes. What Cinder keeps of a volume is one
# text; it grows with the properties of the image that the volume is made of.
_MAX_SCALAR = 8 * 2**20

# How many values one entry of a list may hold, and the rest of the object.
_MAX_VALUES = 64
_MAX_IGNORED = 10**5

# The size in bytes of the largest entry of a list.
_MAX_ENTRY = 2**20

_OPENING = frozenset(('start_map', 'start_array'))
_CLOSING = frozenset(('end_map', 'end_array'))

#: Stands for a value that is a list or an object.
NESTED = object()


class Malformed(ValueError):
    """The content is not what it has to be; the text says what is wrong."""


class Readable(typing.Protocol):
    """What content is read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, about as many; none at the end."""


class Reader:
    """Reads one JSON object from a stream, once.

    Errors of the stream pass through.
    """

    def __init__(
        self, stream: Readable, subject: str, most: int | None = None
    ) -> None:
        """Construct the reader without reading anything.

        :param subject: what the errors begin with, as "its metadata object"
        :param most: the size in bytes of the largest object that is read, by
            default MAX_SIZE
        """
        self._stream = stream
        self._subject = subject
        self._most = most or MAX_SIZE
        self._failure: Exception | None = None
        self._size = 0
        # How many bytes have been read since the last value.
        self._waiting = 0
        self._events = self._parse()

    def members(self, list_name: str) -> Iterator[tuple[str, typing.Any]]:
        """Yield the members of the object, in the order of the text.

        A name that is given twice is yielded twice.

        :param list_name: the member whose value is a list. It is yielded as
            an iterator over the list's entries, which is valid until the next
            member
        :returns: names and values; the value of any other list or object is
            :data:`NESTED`
        :raises Malformed: if there is no such object, or too much in it
        """
        if next(self._events, None) != ('start_map', None):
            raise self._no_json()
        ignored = 0
        for event, name in self._events:
            if event == 'end_map':
                break
            event, value = next(self._events)
            if name == list_name:
                if event != 'start_array':
                    raise self._malformed(f'has no list of {list_name}')
                entries = self._entries()
                yield name, entries
                for _entry in entries:
                    pass
                continue
            ignored += self._skip(event, _MAX_IGNORED - ignored)
            yield name, NESTED if event in _OPENING else value
        # What follows would be an error to Cinder's parser as well.
        for _event in self._events:
            pass

    def read(self, size: int) -> bytes:
        """Return the next bytes of the stream, for the parser.

        :raises Malformed: if there have been too many
        """
        if size == 0:
            # The parser asks for no bytes to see of what type they are.
            return b''
        try:
            data = self._stream.read(size)
            self._count(len(data))
            # To the parser these are spaces, but not to Cinder's.
            if b'\v' in data or b'\f' in data:
                raise self._no_json()
        except Exception as error:
            self._failure = error
            raise
        return data

    def _count(self, number: int) -> None:
        self._size += number
        self._waiting += number
        if self._size > self._most:
            raise too_large(self._subject, self._most)
        if self._waiting > _MAX_SCALAR:
            raise self._too_much()

    def _parse(self) -> Iterator[tuple[str, typing.Any]]:
        try:
            for event in ijson.basic_parse(
                self, buf_size=CHUNK, use_float=True
            ):
                self._waiting = 0
                yield event
        except (ijson.JSONError, ValueError) as error:
            # An error of the storage may be a ValueError as well.
            if error is self._failure:
                raise
            raise self._no_json() from None

    def _entries(self) -> Iterator[typing.Any]:
        """Yield the entries of a list, each as a Python value."""
        for event, value in self._events:
            if event == 'end_array':
                return
            if event not in _OPENING:
                yield value
                continue
            builder = ijson.ObjectBuilder()
            builder.event(event, value)
            depth, number, start = 1, 1, self._size
            while depth:
                event, value = next(self._events)
                builder.event(event, value)
                depth += (event in _OPENING) - (event in _CLOSING)
                number += 1
                if number > _MAX_VALUES or self._size - start > _MAX_ENTRY:
                    raise self._too_much()
            yield builder.value

    def _skip(self, event: str, most: int) -> int:
        """Read a value to its end and return how many events it had.

        :param event: the first of them
        :raises Malformed: if there are more than ``most``
        """
        depth, number = int(event in _OPENING), 1
        while depth and number <= most:
            event, _value = next(self._events)
            depth += (event in _OPENING) - (event in _CLOSING)
            number += 1
        if number > most:
            raise self._too_much()
        return number

    def _malformed(self, what: str) -> Malformed:
        return Malformed(f'{self._subject} {what}')

    def _too_much(self) -> Malformed:
        return self._malformed('has more in it than Cinder writes')

    def _no_json(self) -> Malformed:
        return self._malformed('cannot be read as JSON')


def too_large(subject: str, most: int | None = None) -> Malformed:
    """Return the error for content of more bytes than are read."""
    most = most or MAX_SIZE
    return Malformed(f'{subject} is larger than {most // 2**20} MiB')
