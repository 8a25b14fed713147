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

To do the same again is harmless: what is there already is ``unchanged``. So
whatever interrupts an import or a recovery, doing it again finishes it.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import typing

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest
from cinder_backup_meta.client import sending

#: Is called with the outcomes of each page
OnPage = typing.Callable[[list[rest.Item]], None]


def import_bundle(
    cloud: rest.Records,
    file: str,
    progress: report.Progress | None = None,
    on_page: OnPage | None = None,
    page_size: int = rest.IMPORT_PAGE_SIZE,
    **options: typing.Any,
) -> report.Report:
    """Import a bundle, after all of it was verified.

    :param file: a path, or - for the standard input
    :param progress: is called after each page with the number of records so
        far and of all
    :param on_page: is called with the outcomes of each page
    :param options: the keys of the REST call; None leaves one out
    :raises BundleRefused: the file is not a whole bundle; nothing has been
        imported
    :raises RequestFailed: a page can't be imported; those before it are
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
    """Import record strings, parents before children; likewise.

    With ``on_conflict='fail'`` it stops after the first page that has
    something refused.

    :param total: how many there are, if that is known
    """
    sum_ = report.Report(bool(options.get('dry_run')))
    return _import(
        cloud,
        iter(strings),
        sum_,
        total,
        progress,
        on_page,
        page_size,
        **options,
    )


def _import(
    cloud: rest.Records,
    strings: Iterator[str],
    sum_: report.Report,
    total: int | None,
    progress: report.Progress | None,
    on_page: OnPage | None,
    page_size: int,
    **options: typing.Any,
) -> report.Report:
    def send(page: list[str]) -> rest.Item:
        charged = sum_.charged
        answer = cloud.import_page(page, charged=charged, **options)
        planned = sum_.planned_parents(answer)
        if not planned:
            return answer
        return cloud.import_page(
            page, charged=charged, planned=planned, **options
        )

    for answer in sending.send_all(send, strings, page_size):
        _tell(sum_, answer, total, progress, on_page)
        if sum_.refused and options.get('on_conflict') == 'fail':
            break
    return sum_


def recover(
    cloud: rest.Records,
    progress: report.Progress | None = None,
    on_page: OnPage | None = None,
    page_size: int = rest.PAGE_SIZE,
    **options: typing.Any,
) -> report.Report:
    """Bring back what the catalog has and Cinder has lost.

    :param progress: is called after each page with the number of records of
        the catalog gone through so far and None
    :param options: the keys of the REST call, filters among them; None leaves
        one out
    :raises RequestFailed: a page can't be recovered; those before it are
    """
    sum_ = report.Report(bool(options.get('dry_run')))
    marker = None
    while True:
        answer = cloud.recover_page(
            limit=page_size, marker=marker, charged=sum_.charged, **options
        )
        _tell(sum_, answer, None, progress, on_page)
        marker = answer['next_marker']
        if marker is None:
            return sum_


def _tell(
    sum_: report.Report,
    answer: rest.Item,
    total: int | None,
    progress: report.Progress | None,
    on_page: OnPage | None,
) -> None:
    outcomes = sum_.add(answer)
    if on_page is not None:
        on_page(outcomes)
    if progress is not None:
        progress(sum_.examined, total)
