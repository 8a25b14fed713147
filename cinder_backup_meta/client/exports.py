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

"""Exports: pages of records, and a bundle made of them."""

import binascii
from collections.abc import Iterator
import json
import typing

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client import errors
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest as records


class Page(typing.NamedTuple):
    """One page of an export.

    :ivar entries: its records; an ancestor may be in several pages
    :ivar marker: where the next page begins; None after the last one
    :ivar omitted: what can't be exported, each with ``id``, ``reason`` and
        ``detail``
    """

    entries: list[format.Entry]
    marker: str | None
    omitted: list[records.Item]


class Result(typing.NamedTuple):
    """What an export came to.

    :ivar records: the number of records in the bundle
    :ivar omitted: what could not be exported, as in :class:`Page`
    """

    records: int
    omitted: list[records.Item]


def pages(
    cloud: records.Records,
    marker: str | None = None,
    page_size: int = records.PAGE_SIZE,
    **selection: typing.Any,
) -> Iterator[Page]:
    """Yield the pages of an export, parents before children.

    :param marker: that of the page after which to go on
    :param selection: ``ids``, a list, or the parameters of the REST call; all
        backups of the cloud without any
    :raises RequestFailed: a page can't be had; the marker of the page before
        stays good
    :raises ValueError: there are more ids than an export without ancestors
        can put in order
    """
    parts = _parts(selection)
    first, _colon, inner = (marker or '0:').partition(':')
    for number in range(int(first), len(parts)):
        following: str | None = inner or None
        while True:
            answer = cloud.export_page(following, page_size, **parts[number])
            following = answer['next_marker']
            yield Page(
                list(map(_entry, answer['backup_records'])),
                _marker(number, following, len(parts)),
                answer['omitted'],
            )
            if following is None:
                break
        inner = ''


def _parts(selection: records.Item) -> list[records.Item]:
    """Return the queries that select it, for a URL has room for few ids."""
    query = {
        name: value for name, value in selection.items() if value is not None
    }
    ancestors = query.pop('ancestors', True)
    if not ancestors:
        query['ancestors'] = 'false'
    ids = list(dict.fromkeys(query.pop('ids', ())))
    if not ids:
        return [query]
    if len(ids) > records.MAX_IDS and not ancestors:
        raise ValueError(
            f'without ancestors at most {records.MAX_IDS} ids can be exported '
            'at once'
        )
    return [
        {**query, 'id': ','.join(ids[start : start + records.MAX_IDS])}
        for start in range(0, len(ids), records.MAX_IDS)
    ]


def _marker(number: int, following: str | None, parts: int) -> str | None:
    if following is not None:
        return f'{number}:{following}'
    return f'{number + 1}:' if number + 1 < parts else None


def _entry(item: records.Item) -> format.Entry:
    string = item['backup_url']
    try:
        # The service has just written it: to read it strictly would be to
        # pay for that twice.
        parent_id = json.loads(binascii.a2b_base64(string)).get('parent_id')
    except (ValueError, AttributeError):
        raise errors.Unreachable(
            f'the record of backup {item["id"]} in the answer is no record'
        ) from None
    return format.Entry(item['id'], parent_id, item['backup_service'], string)


def export_bundle(
    cloud: records.Records,
    file: str,
    force: bool = False,
    resume: bool = False,
    progress: report.Progress | None = None,
    page_size: int = records.PAGE_SIZE,
    **selection: typing.Any,
) -> Result:
    """Export into a bundle.

    Whatever interrupts it leaves FILE.part, unless the file is the standard
    output, and ``resume`` goes on there.

    :param file: a path, or - for the standard output; the bundle gets
        compressed if the path ends with .zst
    :param force: replace the file if it is there, and discard what an
        interrupted export has left
    :param resume: go on with that; it has to ask for the same
    :param progress: is called after each page with the number of records so
        far and None, for how many there will be is not known
    :param selection: ``ids``, a list, or the parameters of the REST call; all
        backups of the cloud without any
    :raises RequestFailed: a page can't be had
    :raises BundleRefused: the file can't be written
    """
    given = {
        name: value for name, value in selection.items() if value is not None
    }
    _parts(given)
    with bundle.write(
        file, cloud.endpoint(), given, force=force, resume=resume
    ) as writer:
        left = (
            ()
            if writer.done
            else pages(cloud, writer.marker, page_size, **given)
        )
        for page in left:
            writer.add_page(*page)
            if progress is not None:
                progress(writer.records, None)
        writer.finish()
        return Result(writer.records, writer.omitted)
