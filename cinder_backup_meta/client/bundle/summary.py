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

"""A summary of the contents of a bundle, made without a cloud."""

import collections
import typing

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta import exception
from cinder_backup_meta.record import codec

Item = dict[str, typing.Any]


class Summary:
    """Counts of the records of a bundle.

    :ivar refusals: the records that cannot be read, each with ``id``,
        ``name``, ``project_id``, ``reason`` and ``detail``, as an import would
        report them
    """

    def __init__(self) -> None:
        self.refusals: list[Item] = []
        self._numbers: collections.Counter[str] = collections.Counter()
        self._services: collections.Counter[str] = collections.Counter()
        self._projects: dict[str, Item] = {}
        self._ids: set[str] = set()
        self._parents: set[str] = set()
        self._times: tuple[str, str] | None = None

    def add(self, entry: format.Entry) -> None:
        """Add a record."""
        self._ids.add(entry.id)
        self._services[entry.backup_service] += 1
        if entry.parent_id is None:
            self._numbers['chains'] += 1
        else:
            self._parents.add(entry.parent_id)
        try:
            # Not by the clock of this workstation.
            values = codec.decode(entry.backup_url, clock_skew=None)
        except exception.RecordRefused as error:
            self.refusals.append(
                {
                    'id': entry.id,
                    'name': error.named.get('display_name'),
                    'project_id': error.named.get('project_id'),
                    'reason': str(error.code),
                    'detail': error.kwargs['detail'],
                }
            )
        else:
            self._add_values(values)

    def _add_values(self, values: Item) -> None:
        self._numbers['gigabytes'] += values['size']
        self._numbers['encrypted'] += bool(values.get('encryption_key_id'))
        project = self._projects.setdefault(
            values.get('project_id') or '-', {'backups': 0, 'gigabytes': 0}
        )
        project['backups'] += 1
        project['gigabytes'] += values['size']
        created = values.get('created_at')
        if created is not None:
            when = f'{created:%Y-%m-%dT%H:%M:%SZ}'
            first, last = self._times or (when, when)
            self._times = min(first, when), max(last, when)

    def to_dict(self) -> Item:
        """Return the summary as JSON data."""
        first, last = self._times or (None, None)
        return {
            'chains': self._numbers['chains'],
            'gigabytes': self._numbers['gigabytes'],
            'encrypted': self._numbers['encrypted'],
            'first_created_at': first,
            'last_created_at': last,
            'services': dict(self._services),
            'projects': self._projects,
            'parents_elsewhere': sorted(self._parents - self._ids),
            'refusals': self.refusals,
        }


def summarize(file: str) -> Item:
    """Verify all of a bundle and return its summary.

    :raises BundleRefused: if it is truncated, altered, or not a bundle
    """
    with bundle.read(file) as reader:
        summary = Summary()
        for entry in reader.entries():
            summary.add(entry)
        header = reader.header
        return {
            'version': header.version,
            'created_at': header.created_at,
            'cloud': header.cloud,
            'selection': header.selection,
            'records': reader.records,
            **summary.to_dict(),
        }
