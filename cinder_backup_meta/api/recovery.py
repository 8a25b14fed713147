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

"""Recovery of backups from the catalog."""

import typing

from cinder import context as cinder_context
from oslo_config import cfg

from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta import conf
from cinder_backup_meta import objects
from cinder_backup_meta.policies import recovery as rules

CONF = cfg.CONF
conf.register_opts(CONF)


class Recovery:
    """The recovery use case.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def recover_records(
        self,
        context: cinder_context.RequestContext,
        limit: int,
        marker: str | None,
        selection: dict[str, typing.Any],
        **options: typing.Any,
    ) -> objects.BackupRecordPage:
        """Recover the selected backups that Cinder has lost.

        :param limit: maximum number of catalog entries to go through
        :param marker: ``next_marker`` of the previous page
        :param selection: fields of
            :class:`cinder_backup_meta.objects.BackupRecordSelection`
        :param options: fields of
            :class:`cinder_backup_meta.objects.BackupRecordBatchOptions`
        :raises BackupHostUnavailable: if no live host answers, or the
            catalog cannot be read
        """
        options.setdefault('verify', CONF.backup_meta.verify)
        choice = objects.BackupRecordBatchOptions.with_defaults(
            context, **options
        )
        event = audit.PageEvent('recover', dry_run=choice.dry_run)
        with errors.translated(), audit.trail(context, event):
            # What a backup builds on comes along, whoever owned it, and the
            # quota of all projects is counted anew.
            policy.authorize(context, rules.RECOVER, policy.EVERYTHING)

            def send(
                chosen: dict[str, typing.Any],
                limit: int,
                marker: str | None,
                host: str,
            ) -> objects.BackupRecordPage:
                return self._hosts.rpcapi.recover_records(
                    context,
                    host,
                    objects.BackupRecordSelection.with_defaults(
                        context, **chosen
                    ),
                    choice,
                    limit,
                    marker,
                )

            def call(
                indexes: list[int], host: str
            ) -> objects.BackupRecordPage:
                ids = [page.items[index]['id'] for index in indexes]
                return send({'backup_ids': ids}, len(ids), None, host)

            def merge(
                _indexes: list[int], items: list[hosts.Item]
            ) -> list[hosts.Item]:
                # An answer may have more items than were asked for: those of
                # ancestors.
                merged = {item['id']: item for item in page.items}
                merged.update((item['id'], item) for item in items)
                return list(merged.values())

            hosts_left = self._hosts.begin()
            event.host, page = hosts_left.ask(
                lambda host: send(selection, limit, marker, host)
            )
            hosts_left.ask_for_rest(page, call, merge)
            event.backup_ids = page.created_ids()
            return page
