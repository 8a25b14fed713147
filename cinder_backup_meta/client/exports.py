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

"""Exports: pages of records, and bundles made of them."""

import binascii
from collections.abc import Iterable
from collections.abc import Iterator
import json
import typing

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client import errors
from cinder_backup_meta.client import report
from cinder_backup_meta.client import rest
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import limits


class Page(typing.NamedTuple):
    """One page of an export.

    :ivar entries: its records; an ancestor may be in several pages
    :ivar marker: where the next page begins; None after the last one
    :ivar omitted: the backups that cannot be exported, each with ``id``,
        ``name``, ``project_id``, ``reason`` and ``detail``
    """

    entries: list[format.Entry]
    marker: str | None
    omitted: list[rest.Item]


class Result(typing.NamedTuple):
    """The result of an export into a bundle.

    :ivar records: the number of records in the bundle
    :ivar omitted: the backups that could not be exported, as in :class:`Page`
    :ivar unreadable: the records in the bundle that an import would refuse,
        each with the same keys
    """

    records: int
    omitted: list[rest.Item]
    unreadable: list[rest.Item]


def pages(
    cloud: rest.Records,
    marker: str | None = None,
    page_size: int = rest.PAGE_SIZE,
    **selection: typing.Any,
) -> Iterator[Page]:
    """Yield the pages of an export, parents before children.

    :param marker: the marker of the page after which to continue
    :param selection: ``ids``, a list, or the parameters of the REST call;
        without any, all backups of the cloud
    :raises RequestFailed: if a page cannot be exported; the marker of the
        page before remains valid
    :raises ValueError: if there are more ids than an export without ancestors
        can put in order
    """
    parts = _parts(selection)
    first, _colon, inner = (marker or '0:').partition(':')
    for number in range(int(first), len(parts)):
        following: str | None = inner or None
        while True:
            answer = cloud.export_page(following, page_size, **parts[number])
            following = answer['next_marker']
            marker = _marker(number, following, len(parts))
            yield _page(answer, marker)
            if following is None:
                break
        inner = ''


def _parts(selection: rest.Item) -> list[rest.Item]:
    """Return the queries of a selection, as a URL has room for few ids."""
    query = {
        name: value for name, value in selection.items() if value is not None
    }
    ancestors = query.pop('ancestors', True)
    if not ancestors:
        query['ancestors'] = 'false'
    ids = list(dict.fromkeys(query.pop('ids', ())))
    if not ids:
        return [query]
    if len(ids) > limits.MAX_IDS_IN_URL and not ancestors:
        raise ValueError(
            f'without ancestors at most {limits.MAX_IDS_IN_URL} ids can be '
            'exported at once'
        )
    return [
        {**query, 'id': ','.join(ids[start : start + limits.MAX_IDS_IN_URL])}
        for start in range(0, len(ids), limits.MAX_IDS_IN_URL)
    ]


def _marker(number: int, following: str | None, parts: int) -> str | None:
    if following is not None:
        return f'{number}:{following}'
    return f'{number + 1}:' if number + 1 < parts else None


def _page(answer: rest.Item, marker: str | None) -> Page:
    """Return a page without what no bundle can hold."""
    page = Page([], marker, list(answer['omitted']))
    for entry in map(_entry, answer['backup_records']):
        try:
            format.check_entry(entry)
        except ValueError as error:
            page.omitted.append(
                _item(entry, reasons.Reason.BUNDLE_LINE_INVALID, str(error))
            )
        else:
            page.entries.append(entry)
    return page


def _item(entry: format.Entry, code: reasons.Reason, detail: str) -> rest.Item:
    fault = codec.read_back(entry.backup_url)
    named = fault.named if fault else {}
    return {
        'id': entry.id,
        'name': named.get('display_name'),
        'project_id': named.get('project_id'),
        'reason': str(code),
        'detail': detail,
    }


def _entry(item: rest.Item) -> format.Entry:
    string = item['backup_url']
    try:
        # Only the parent is needed here; what cannot be read strictly is
        # reported in the end.
        parent_id = json.loads(binascii.a2b_base64(string)).get('parent_id')
    except (ValueError, AttributeError):
        raise errors.Unreachable(
            f'the answer has an invalid record of backup {item["id"]}'
        ) from None
    # Stock Cinder has imported empty strings for null.
    return format.Entry(
        item['id'], parent_id or None, item['backup_service'], string
    )


def export_bundle(
    cloud: rest.Records,
    file: str,
    force: bool = False,
    resume: bool = False,
    progress: report.Progress | None = None,
    page_size: int = rest.PAGE_SIZE,
    **selection: typing.Any,
) -> Result:
    """Export into a bundle.

    An interruption leaves FILE.part, unless the file is the standard output,
    and ``resume`` continues from it.

    :param file: a path, or - for the standard output; the bundle is
        compressed if the path ends with .zst
    :param force: replace an existing file, and discard what an interrupted
        export has left
    :param resume: continue the interrupted export, which must have asked for
        the same
    :param progress: called after each page with the number of records so far,
        and with None, as their total is not known
    :param selection: ``ids``, a list, or the parameters of the REST call;
        without any, all backups of the cloud
    :raises RequestFailed: if a page cannot be exported
    :raises BundleRefused: if the file cannot be written
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
        unreadable: dict[str, rest.Item] = {}
        for page in left:
            writer.add_page(*page)
            if file == bundle.STDOUT:
                unreadable.update(_read_back(page.entries))
            if progress is not None:
                progress(writer.records, None)
        writer.finish()
    if file != bundle.STDOUT:
        with bundle.read(file) as reader:
            unreadable = dict(_read_back(reader.entries()))
    return Result(writer.records, writer.omitted, list(unreadable.values()))


def _read_back(
    entries: Iterable[format.Entry],
) -> Iterator[tuple[str, rest.Item]]:
    """Yield by id the records that an import would refuse."""
    for entry in entries:
        if fault := codec.read_back(entry.backup_url):
            detail = str(fault.kwargs['detail'])
            yield entry.id, _item(entry, fault.code, detail)
