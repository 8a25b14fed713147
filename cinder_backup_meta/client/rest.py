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

"""The REST calls, one method each.

``doc/source/user/rest.rst`` describes their parameters and answers. The
methods return the answers unchanged, without the enclosing object.
"""

from collections.abc import Iterator
import typing
import urllib.parse

from cinder_backup_meta.client import transport

PATH = '/backup-records'

#: The number of records that a request asks for
PAGE_SIZE = 1000
#: The number of records that a request sends. Twice as many would take more
#: memory than the time they save is worth
IMPORT_PAGE_SIZE = 500

Item = dict[str, typing.Any]


class Records:
    """The backup records of a cloud.

    Every method raises RequestFailed of
    :mod:`cinder_backup_meta.client.errors`, and nothing else.

    :param client: a session of keystoneauth, or an adapter that knows the
        service, such as ``connection.block_storage`` of openstacksdk
    :param options: with a session, the arguments of the adapter to create,
        such as ``region_name``, ``interface`` or ``endpoint_override``
    """

    def __init__(self, client: typing.Any, **options: typing.Any) -> None:
        self._transport = transport.Transport(client, **options)

    def endpoint(self) -> str | None:
        """Return the URL of the service."""
        return self._transport.endpoint()

    def list(
        self,
        detail: bool = False,
        limit: int | None = None,
        page_size: int = PAGE_SIZE,
        **filters: typing.Any,
    ) -> Iterator[Item]:
        """Yield the records of the catalog, page after page.

        :param detail: include everything that the catalog knows
        :param limit: the most records to yield
        :param filters: the filters of the REST call, ``sort`` and ``marker``
        """
        path = f'{PATH}/detail' if detail else PATH
        number = 0
        query: Item = {'limit': page_size, **filters}
        if limit is not None:
            query['limit'] = min(limit, page_size)
        while True:
            page = self._transport.get(path, **query)
            for item in page['backup_records']:
                yield item
                number += 1
                if number == limit:
                    return
            links = page.get('backup-records_links')
            if not links:
                return
            query = _query(links)

    def show(self, backup_id: str) -> Item:
        """Return everything that the catalog knows of one record."""
        quoted = urllib.parse.quote(backup_id, safe='')
        answer = self._transport.get(f'{PATH}/{quoted}')
        return typing.cast(Item, answer['backup_record'])

    def status(self) -> Item:
        """Return the status of the catalog."""
        answer = self._transport.get(f'{PATH}/status')
        return typing.cast(Item, answer['backup_records_status'])

    def export_page(
        self,
        marker: str | None = None,
        limit: int = PAGE_SIZE,
        **selection: typing.Any,
    ) -> Item:
        """Return one page of an export.

        :param selection: the parameters of the REST call
        """
        return typing.cast(
            Item,
            self._transport.get(
                f'{PATH}/export', limit=limit, marker=marker, **selection
            ),
        )

    def import_page(
        self, records: typing.Sequence[str], **options: typing.Any
    ) -> Item:
        """Import record strings in one request; return the answer.

        :param options: the keys of the REST call; None leaves one out
        """
        body = {'records': list(records), **_given(options)}
        return typing.cast(
            Item,
            self._transport.post(f'{PATH}/import', {'backup_records': body}),
        )

    def recover_page(self, **options: typing.Any) -> Item:
        """Recover one page of the catalog; return the answer.

        :param options: the keys of the REST call; None leaves one out
        """
        return typing.cast(
            Item,
            self._transport.post(
                f'{PATH}/recover', {'recover': _given(options)}
            ),
        )

    def release(self, backup_id: str) -> Item:
        """Release a retained backup: deleting it deletes its data again."""
        quoted = urllib.parse.quote(backup_id, safe='')
        answer = self._transport.post(
            f'{PATH}/{quoted}/action', {'release': None}
        )
        return typing.cast(Item, answer['backup_record'])


def _query(links: list[Item]) -> Item:
    """Return the parameters of the link to the next page.

    The rest of the link is the service's own view of its URL, which proxies
    may make unreachable.
    """
    href = next(link['href'] for link in links if link['rel'] == 'next')
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(href).query))


def _given(options: Item) -> Item:
    return {
        name: value for name, value in options.items() if value is not None
    }
