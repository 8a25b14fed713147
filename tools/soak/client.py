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

"""One of many clients, that does at random what operators and users do."""

import os
import random
import threading
import time

from cinderclient import exceptions as cinder_exceptions
from keystoneauth1 import session
from keystoneauth1 import token_endpoint
import requests
import sqlalchemy as sa

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import exports
from cinder_backup_meta.client import imports
from cinder_backup_meta.client import rest

_VOLUMES = 2
_CHAIN = 4
_PIECE = 2**18
_BYTES = 2 * _CHAIN * _PIECE
# Seconds: longer than a host that was killed takes to start and tidy up.
_PATIENCE = 90


class Failed(Exception):
    """An operation came to nothing; the text is what kind of failure."""


class Client(threading.Thread):
    """Works on volumes of its own, in a project that it shares.

    :param number: distinguishes it from the others
    :param plane: the control plane
    :param database: the :class:`losing.Database`
    :param tally: the :class:`tally.Tally`
    :param seed: of its choices
    :param stop: an event that ends it
    """

    def __init__(self, number, plane, database, tally, seed, stop):
        super().__init__(daemon=True, name=f'client-{number}')
        self._plane, self._database = plane, database
        self._tally, self._ending = tally, stop
        self._random = random.Random(f'{seed}/{number}')
        self._project = f'project-{number % 3}'
        self._who = f'user-{number}:{self._project}:admin'
        auth = token_endpoint.Token(
            f'{plane.endpoint}/v3', plane.token(self._who)
        )
        self._records = rest.Records(
            session.Session(auth=auth),
            endpoint_override=f'{plane.endpoint}/v3',
        )
        self._cinder = plane.client(self._who)
        self._volumes = []
        self._bundle = plane.path(f'soak-{number}.bundle.zst')
        self._operations = {
            self.back_up: 8,
            self.export_one: 3,
            self.export_pages: 2,
            self.import_one_by_one: 2,
            self.import_page: 3,
            self.import_bundle: 2,
            self.recover: 3,
            self.delete: 4,
        }

    def run(self):
        while not self._ending.is_set():
            [operation] = self._random.choices(
                list(self._operations), list(self._operations.values())
            )
            self._do(operation)

    def _do(self, operation):
        name = operation.__name__
        try:
            kind = operation()
        except Failed as error:
            self._count_error(name, str(error))
        except errors.RequestFailed as error:
            self._count_error(name, f'HTTP {error.status} {error.code or ""}')
        except cinder_exceptions.ClientException as error:
            self._count_error(name, f'HTTP {error.code}')
        except requests.RequestException as error:
            self._count_error(name, type(error).__name__)
        except sa.exc.DBAPIError as error:
            self._count_error(name, f'SQL {error.orig.args[0]}')
        except Exception as error:
            # What nobody has thought of is no accident of the host.
            self._tally.unexpected.append(f'{name}: {error!r}')
            self._count_error(name, f'unexpected {type(error).__name__}')
        else:
            if kind:
                self._tally.add(self._tally.done, kind)
            else:
                # There was nothing to do it with.
                time.sleep(0.2)

    def _count_error(self, name, kind):
        self._tally.add(self._tally.errors, f'{name}: {kind.strip()}')
        time.sleep(self._random.uniform(0.5, 2))

    # Volumes and backups

    def _new_volume(self):
        volume = self._cinder.volumes.create(1)
        deadline = time.monotonic() + _PATIENCE
        while self._cinder.volumes.get(volume.id).status != 'available':
            if time.monotonic() > deadline:
                raise Failed('the volume does not come')
            time.sleep(0.2)
        # A few seconds are enough for a backup of it then.
        os.truncate(self._plane.volume_path(volume.id), _BYTES)
        self._volumes.append(volume.id)
        self._tally.add(self._tally.done, 'create volume')

    def back_up(self):
        """Make a backup, or a volume to make one of."""
        if len(self._volumes) < _VOLUMES:
            self._new_volume()
        volume_id = self._random.choice(self._volumes)
        chain = self._database.chain(volume_id)
        self._scribble(volume_id, len(chain))
        is_full = not chain or len(chain) >= _CHAIN
        backup = self._cinder.backups.create(
            volume_id, incremental=not is_full
        )
        try:
            self._wait(backup.id, 'available')
        except Failed:
            # It may not be backed up again until somebody sees to it.
            self._volumes.remove(volume_id)
            raise
        return f'back up {"in full" if is_full else "incrementally"}'

    def _scribble(self, volume_id, number):
        self._plane.write(
            volume_id, number * _PIECE, self._random.randbytes(_PIECE)
        )

    def _wait(self, backup_id, status):
        deadline = time.monotonic() + _PATIENCE
        while (found := self._status(backup_id)) != status:
            if found in ('error', 'error_deleting'):
                raise Failed(f'the backup becomes {found}')
            if found == 'deleted':
                raise Failed('the backup is gone')
            if time.monotonic() > deadline:
                raise Failed(f'the backup stays {found}')
            time.sleep(0.2)

    def _status(self, backup_id):
        try:
            return self._cinder.backups.get(backup_id).status
        except cinder_exceptions.NotFound:
            return 'deleted'

    def delete(self):
        """Delete the last of a chain that is long enough."""
        volume_id, chain = self._choose(2)
        if not volume_id:
            return None
        backup_id = chain[-1].id
        self._cinder.backups.delete(backup_id)
        self._wait(backup_id, 'deleted')
        return 'delete'

    def _choose(self, least=1):
        """Return one of the volumes and its backups, if all are whole."""
        self._random.shuffle(self._volumes)
        for volume_id in self._volumes:
            chain = self._database.chain(volume_id)
            if len(chain) >= least and all(
                row.status == 'available' for row in chain
            ):
                return volume_id, chain
        return None, []

    # Records

    def export_one(self):
        """Export by the stock call."""
        _volume_id, chain = self._choose()
        if not chain:
            return None
        self._export(self._random.choice(chain).id)
        return 'export one'

    def _export(self, backup_id):
        found = self._cinder.backups.export_record(backup_id)
        return found['backup_service'], found['backup_url']

    def export_pages(self):
        """Export all backups of the cloud, by small pages."""
        for page in exports.pages(self._records, page_size=20):
            for item in page.omitted:
                # Others are just being made, or have failed.
                if item['reason'] != 'backup_not_available':
                    self._tally.add(
                        self._tally.errors, f'export_pages: {item["reason"]}'
                    )
        return 'export pages'

    def import_one_by_one(self):
        """Lose a chain, and import it by the stock call."""
        volume_id, chain = self._choose()
        exported = [self._export(row.id) for row in chain]
        lost = self._lose(volume_id, chain)
        for service, url in exported if lost else ():
            self._until_back(
                lambda service=service, url=url: (
                    self._cinder.backups.import_record(service, url)
                ),
                may_be_back=True,
            )
        return lost and self._assert_back(lost, 'import one by one')

    def import_page(self):
        """Lose a chain, and import it in a page."""
        volume_id, chain = self._choose()
        strings = [self._export(row.id)[1] for row in chain]
        lost = self._lose(volume_id, chain)
        if not lost:
            return None
        self._until_back(
            lambda: self._records.import_page(strings, owner='record')
        )
        return self._assert_back(lost, 'import page')

    def import_bundle(self):
        """Lose a chain, and import it from a bundle."""
        volume_id, chain = self._choose()
        if not chain:
            return None
        if os.path.exists(self._bundle):
            os.unlink(self._bundle)
        exports.export_bundle(
            self._records,
            self._bundle,
            force=True,
            ids=[row.id for row in chain],
        )
        lost = self._lose(volume_id, chain)
        if not lost:
            return None
        self._until_back(
            lambda: imports.import_bundle(
                self._records, self._bundle, page_size=2, owner='record'
            )
        )
        return self._assert_back(lost, 'import bundle')

    def recover(self):
        """Lose a chain that the catalog has, and have it brought back."""
        volume_id, chain = self._choose()
        if not chain or not self._is_captured(chain):
            return None
        lost = self._lose(volume_id, chain)
        if not lost:
            return None
        self._until_back(lambda: imports.recover(self._records, page_size=20))
        return self._assert_back(lost, 'recover')

    def _is_captured(self, chain):
        found = {
            row['id']
            for row in self._plane.catalog.select(
                "SELECT id FROM backup_records WHERE state = 'current'"
            )
        }
        return {row.id for row in chain} <= found

    def _lose(self, volume_id, chain):
        """Lose a chain, unless it is another by now; return the ids."""
        if not chain or [
            row.id for row in self._database.chain(volume_id)
        ] != [row.id for row in chain]:
            return []
        return self._database.lose(volume_id, self._project)

    def _until_back(self, bring, may_be_back=False):
        """Try until the hosts answer: what is lost has to come back."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return bring()
            except (
                errors.RequestFailed,
                cinder_exceptions.ClientException,
            ) as error:
                status = getattr(error, 'status', None) or getattr(
                    error, 'code', None
                )
                if status == 400 and may_be_back:
                    # Somebody else's recovery was faster.
                    return None
                is_late = time.monotonic() > deadline
                if is_late or isinstance(status, int) and status < 500:
                    raise
                self._tally.add(self._tally.errors, f'again: HTTP {status}')
                time.sleep(1)

    def _assert_back(self, lost, kind):
        for backup_id in lost:
            if (status := self._status(backup_id)) != 'available':
                self._tally.unexpected.append(
                    f'{kind}: {backup_id} is {status}'
                )
                raise Failed(f'what was lost is {status}')
        return kind
