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

"""Whether backups, quota, counts and catalog say the same."""

import collections
import time

from testtools import assertions
from testtools import matchers

from cinder_backup_meta.record import codec

_TIMEOUT = 90


def check(cloud, expected):
    """Check that nothing is lost, doubled or counted wrongly.

    The catalog is given time to become level.

    :param expected: the ids of the backups that there are to be
    """
    backups = cloud.select('SELECT * FROM backups WHERE NOT deleted')
    _equal(sorted(expected), sorted(row['id'] for row in backups))
    _equal({'available'}, {row['status'] for row in backups})
    _check_quota(cloud, backups)
    _check_children(backups)
    _check_metadata(cloud, expected)
    _check_catalog(cloud, expected)


def _equal(expected, found):
    assertions.assert_that(found, matchers.Equals(expected))


def _check_quota(cloud, backups):
    """Compare what is charged with what there is, project by project."""
    charged = {
        (row['project_id'], row['resource']): row['in_use']
        for row in cloud.rows('quota_usages')
        if row['resource'].startswith('backup') and row['in_use']
    }
    there = collections.Counter()
    for row in backups:
        there[row['project_id'], 'backups'] += 1
        there[row['project_id'], 'backup_gigabytes'] += row['size']
    _equal(dict(there), charged)
    _equal([], cloud.select('SELECT * FROM quota_usages WHERE reserved <> 0'))


def _check_children(backups):
    children = collections.Counter(row['parent_id'] for row in backups)
    wrong = [
        (row['id'], row['num_dependent_backups'], children[row['id']])
        for row in backups
        if row['num_dependent_backups'] != children[row['id']]
    ]
    _equal([], wrong)


def _check_metadata(cloud, expected):
    keys = collections.Counter(
        (row['backup_id'], row['key'])
        for row in cloud.rows('backup_metadata')
        if not row['deleted']
    )
    _equal([], [key for key, number in keys.items() if number > 1])
    _equal(set(), {backup_id for backup_id, _ in keys} - set(expected))


def _check_catalog(cloud, expected):
    """Compare the catalog with an export, until they are the same."""
    client = cloud.rest()
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        behind, differ = client.status()['behind'], _differ(cloud, client)
        if not behind and not differ:
            break
        time.sleep(0.5)
    _equal((0, []), (behind, differ))
    _equal(len(expected), client.status()['current'])


def _differ(cloud, client):
    """Return a few of the records that only one of the two has."""
    exported = {string for page in client.export_pages() for string in page}
    kept = cloud.catalog.select(
        "SELECT record FROM backup_records WHERE state = 'current'"
    )
    differ = exported.symmetric_difference(row['record'] for row in kept)
    return sorted(
        (codec.decode(string) for string in differ),
        key=lambda record: record['id'],
    )[:2]
