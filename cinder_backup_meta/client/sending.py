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

"""Many record strings in as few requests as the service takes."""

import collections
from collections.abc import Callable
from collections.abc import Iterator

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import rest

#: The service takes no more characters of record strings in a request.
MAX_CHARACTERS = 5 * 2**19

# Cinder's default for the largest body, [oslo_middleware]
# max_request_body_size, less what stands around the records.
_ALWAYS_TAKEN = 114688 - 4096

_TOO_LARGE = 413
# The option that the service names if there are too many records.
_TOO_MANY = 'osapi_max_limit'

Send = Callable[[list[str]], rest.Item]


def send_all(
    send: Send, strings: Iterator[str], max_records: int
) -> Iterator[rest.Item]:
    """Send records, and yield the answers.

    A page that is too large is halved and sent again, and later pages stay
    that small.

    :param send: imports a page and returns the answer
    """
    limits = _Limits(max_records)
    source = _Source(strings)
    while page := source.take(limits):
        try:
            answer = send(page)
        except errors.RequestFailed as error:
            if not limits.lower(page, error):
                raise
            source.put_back(page)
            continue
        yield answer


class _Limits:
    """How large a page may be."""

    def __init__(self, max_records: int) -> None:
        self.records = max_records
        self.characters = MAX_CHARACTERS

    def lower(self, page: list[str], error: errors.RequestFailed) -> bool:
        """Learn from an error; tell whether the page may pass in parts."""
        if len(page) == 1:
            return False
        characters = sum(map(len, page))
        if error.status == _TOO_LARGE and error.code is None:
            self.characters = characters // 2
        elif error.status is None and characters > _ALWAYS_TAKEN:
            # Some servers don't answer a body that is too large: they close
            # the connection while it is sent.
            self.characters = _ALWAYS_TAKEN
        elif _TOO_MANY in error.detail:
            self.records = len(page) // 2
        else:
            return False
        return True


class _Source:
    """Gives records out in pages, and takes them back."""

    def __init__(self, strings: Iterator[str]) -> None:
        self._strings = strings
        self._waiting: collections.deque[str] = collections.deque()

    def put_back(self, page: list[str]) -> None:
        self._waiting.extendleft(reversed(page))

    def take(self, limits: _Limits) -> list[str]:
        """Return the next page, of one record at least; empty at the end."""
        page: list[str] = []
        characters = 0
        while len(page) < limits.records:
            if not self._waiting:
                string = next(self._strings, None)
                if string is None:
                    break
                self._waiting.append(string)
            characters += len(self._waiting[0])
            if page and characters > limits.characters:
                break
            page.append(self._waiting.popleft())
        return page
