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

"""The REST calls that are measured, all over one session."""

import requests

from cinder_backup_meta.client import rest
from cinder_backup_meta.tests.functional import cloud

PAGE = rest.PAGE_SIZE
IMPORT_PAGE = rest.IMPORT_PAGE_SIZE


class Rest:
    """One session with one Cinder, as its administrator."""

    def __init__(self, endpoint, token=cloud.ADMIN):
        self._base = f'{endpoint}/v3'
        self._session = requests.Session()
        self._session.headers.update(
            {
                'X-Auth-Token': token,
                'OpenStack-API-Version': 'volume 3.71',
            }
        )

    def _ask(self, method, path, **arguments):
        response = self._session.request(
            method, f'{self._base}/{path}', timeout=600, **arguments
        )
        if not response.ok:
            raise AssertionError(
                f'{method} {path}: {response.status_code} {response.text}'
            )
        return response.json()

    # What stock Cinder has

    def export_one(self, backup_id):
        """Return a backup's record: its service and its string."""
        answer = self._ask('GET', f'backups/{backup_id}/export_record')
        record = answer['backup-record']
        return record['backup_service'], record['backup_url']

    def import_one(self, service, url):
        """Import a record."""
        record = {'backup_service': service, 'backup_url': url}
        self._ask(
            'POST', 'backups/import_record', json={'backup-record': record}
        )

    # What the plugin has

    def export_pages(self):
        """Yield the record strings of all backups, a list a page."""
        query = {'limit': PAGE}
        while query:
            page = self._ask('GET', 'backup-records/export', params=query)
            if page['omitted']:
                raise AssertionError(f'omitted: {page["omitted"][:3]}')
            yield [
                record['backup_url']
                for record in page['backup_records']
                if not record['ancestor']
            ]
            marker = page['next_marker']
            query = marker and {'limit': PAGE, 'marker': marker}

    def import_pages(self, strings, verify):
        """Import records page by page; yield how many each page made."""
        for start in range(0, len(strings), IMPORT_PAGE):
            page = {
                'records': strings[start : start + IMPORT_PAGE],
                'owner': 'record',
                'verify': verify,
            }
            answer = self._ask(
                'POST', 'backup-records/import', json={'backup_records': page}
            )
            yield _created(answer)

    def recover_pages(self, verify):
        """Recover all that is lost; yield how many each page brought back."""
        page = {'limit': PAGE, 'verify': verify}
        while page:
            answer = self._ask(
                'POST', 'backup-records/recover', json={'recover': page}
            )
            yield _created(answer)
            marker = answer['next_marker']
            page = marker and {**page, 'marker': marker}

    def status(self):
        """Return what the catalog says of itself."""
        answer = self._ask('GET', 'backup-records/status')
        return answer['backup_records_status']


def _created(answer):
    summary = answer['summary']
    if summary['refused'] or summary['unchanged']:
        others = [
            one
            for one in answer['backup_records']
            if one['result'] != 'created'
        ]
        raise AssertionError(f'{summary}: {others[:3]}')
    return summary['created']
