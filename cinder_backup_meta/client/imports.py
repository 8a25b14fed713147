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

"""Imports and recoveries of any number of records, page by page.

Repeating one is harmless: what exists already is ``unchanged``. An import or a
recovery that was interrupted is completed by repeating it.
"""

import collections
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import typing

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client import errors
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest
from cinder_backup_meta.record import limits

#: Called with the outcomes of each page
OnPage = typing.Callable[[list[rest.Item]], None]

# Cinder's default for the largest body, [oslo_middleware]
# max_request_body_size, less what surrounds the records.
_ALWAYS_TAKEN = 114688 - 4096

_TOO_LARGE = 413
# The service names this option if there are too many records.
_TOO_MANY = 'osapi_max_limit'

Send = Callable[[list[str]], rest.Item]


def import_bundle(
    cloud: rest.Records,
    file: str,
    progress: report.Progress | None = None,
    on_page: OnPage | None = None,
    page_size: int = rest.IMPORT_PAGE_SIZE,
    **options: typing.Any,
) -> report.Report:
    """Verify a bundle as a whole, and import its records.

    :param file: a path, or - for the standard input
    :param progress: called after each page with the number of records so far
        and the total
    :param on_page: called with the outcomes of each page
    :param options: the keys of the REST call; those of None are left out
    :raises BundleRefused: if the file is not a complete bundle; nothing has
        been imported
    :raises RequestFailed: if a page cannot be imported; the pages before it
        have been
    """
    with bundle.read(file) as reader:
        return _import(
            cloud,
            (entry.backup_url for entry in reader.entries()),
            # The first line is the header.
            report.Report(bool(options.get('dry_run')), first_line=2),
            reader.records,
            progress,
            on_page,
            page_size,
            **options,
        )


def import_records(
    cloud: rest.Records,
    strings: Iterable[str],
    total: int | None = None,
    progress: report.Progress | None = None,
    on_page: OnPage | None = None,
    page_size: int = rest.IMPORT_PAGE_SIZE,
    **options: typing.Any,
) -> report.Report:
    """Import record strings, parents before children.

    With ``on_conflict='fail'`` it stops after the first page with a refused
    record. The other parameters are those of :func:`import_bundle`.

    :param total: the number of record strings, if it is known
    """
    result = report.Report(bool(options.get('dry_run')))
    return _import(
        cloud,
        iter(strings),
        result,
        total,
        progress,
        on_page,
        page_size,
        **options,
    )


def _import(
    cloud: rest.Records,
    strings: Iterator[str],
    result: report.Report,
    total: int | None,
    progress: report.Progress | None,
    on_page: OnPage | None,
    page_size: int,
    **options: typing.Any,
) -> report.Report:
    def send(page: list[str]) -> rest.Item:
        charged = result.charged
        answer = cloud.import_page(page, charged=charged, **options)
        planned = result.planned_parents(answer)
        if not planned:
            return answer
        return cloud.import_page(
            page, charged=charged, planned=planned, **options
        )

    for answer in send_all(send, strings, page_size):
        _add(result, answer, total, progress, on_page)
        if result.refused and options.get('on_conflict') == 'fail':
            break
    return result


def recover(
    cloud: rest.Records,
    progress: report.Progress | None = None,
    on_page: OnPage | None = None,
    page_size: int = rest.PAGE_SIZE,
    **options: typing.Any,
) -> report.Report:
    """Recover the backups that the catalog has and Cinder has lost.

    :param progress: called after each page with the number of records of the
        catalog examined so far, and with None
    :param on_page: called with the outcomes of each page
    :param options: the keys of the REST call, including filters; those of
        None are left out
    :raises RequestFailed: if a page cannot be recovered; the pages before it
        have been
    """
    result = report.Report(bool(options.get('dry_run')))
    marker = None
    while True:
        answer = cloud.recover_page(
            limit=page_size, marker=marker, charged=result.charged, **options
        )
        _add(result, answer, None, progress, on_page)
        marker = answer['next_marker']
        if marker is None:
            return result


def _add(
    result: report.Report,
    answer: rest.Item,
    total: int | None,
    progress: report.Progress | None,
    on_page: OnPage | None,
) -> None:
    outcomes = result.add(answer)
    if on_page is not None:
        on_page(outcomes)
    if progress is not None:
        progress(result.examined, total)


def send_all(
    send: Send, strings: Iterator[str], max_records: int
) -> Iterator[rest.Item]:
    """Send record strings in as few requests as possible; yield the answers.

    A page that is too large is halved and sent again, and later pages are no
    larger than that.

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
    """The largest page that the service is expected to take."""

    def __init__(self, max_records: int) -> None:
        self.records = max_records
        self.characters = limits.MAX_PAGE_LENGTH

    def lower(self, page: list[str], error: errors.RequestFailed) -> bool:
        """Lower the limits after an error, if smaller pages may succeed.

        :returns: whether they may
        """
        if len(page) == 1:
            return False
        characters = sum(map(len, page))
        if error.status == _TOO_LARGE and error.code is None:
            self.characters = characters // 2
        elif error.status is None and characters > _ALWAYS_TAKEN:
            # Some servers do not answer a body that is too large, but close
            # the connection while it is being sent.
            self.characters = _ALWAYS_TAKEN
        elif _TOO_MANY in error.detail:
            self.records = len(page) // 2
        else:
            return False
        return True


class _Source:
    """Record strings, taken in pages that can be put back."""

    def __init__(self, strings: Iterator[str]) -> None:
        self._strings = strings
        self._waiting: collections.deque[str] = collections.deque()

    def put_back(self, page: list[str]) -> None:
        self._waiting.extendleft(reversed(page))

    def take(self, limits: _Limits) -> list[str]:
        """Return the next page of at least one record; empty at the end."""
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
