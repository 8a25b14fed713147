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

"""Import of records."""

import typing

from cinder import context as cinder_context
from cinder import objects as cinder_objects
from oslo_config import cfg

from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta.policies import imports as rules
from cinder_backup_meta.record import codec

CONF = cfg.CONF
conf.register_opts(CONF)


class Imports:
    """The import use cases.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def import_record(
        self,
        context: cinder_context.RequestContext,
        record_string: str,
        backup_service: str | None = None,
        ignore_unknown: bool = False,
        **options: typing.Any,
    ) -> cinder_objects.Backup:
        """Make an available backup from a record.

        Nothing is written unless the whole import succeeds.

        :param backup_service: class path or module path of the backup driver
            that the backup was made with; None to use the one that the record
            names
        :param ignore_unknown: read the record without the keys that are no
            fields
        :param options: fields of
            :class:`cinder_backup_meta.objects.BackupRecordOptions`; those not
            given have their defaults
        :returns: the Cinder ``Backup`` object, in the status ``available``
        :raises InvalidInput: if the record cannot be read
        :raises InvalidBackup: if this cloud cannot have the backup
        :raises QuotaError: if it would exceed the project's quota
        :raises BackupHostUnavailable: if no live host has the driver
        """
        options.setdefault('verify', CONF.backup_meta.verify)
        choice = objects.BackupRecordOptions.with_defaults(context, **options)
        event = audit.RecordEvent('import', record=record_string)
        with errors.translated(), audit.trail(context, event):
            context.authorize(rules.IMPORT_RECORD)
            if choice.owner == choice.OWNER_RECORD:
                policy.authorize(context, rules.KEEP_OWNER)
            record = _read(context, record_string, ignore_unknown, event)
            try:
                return self._import(
                    context, record, backup_service, choice, event
                )
            except exception.Refused as error:
                raise error.about(record.id) from None

    def _import(
        self,
        context: cinder_context.RequestContext,
        record: objects.BackupRecord,
        backup_service: str | None,
        choice: objects.BackupRecordOptions,
        event: audit.RecordEvent,
    ) -> cinder_objects.Backup:
        if backup_service is None:
            backup_service = record.values().get('service') or ''
        owner = rows.owner_of(context, record, choice)
        if choice.owner == choice.OWNER_RECORD:
            policy.authorize(context, rules.KEEP_OWNER, policy.owner_of(owner))
        seen = _as_seen(context)
        event.host, outcome = self._hosts.ask(
            lambda host: self._hosts.rpcapi.import_record(
                seen, host, record, backup_service, choice
            )
        )
        values = rows.row_values(
            record, owner, event.host, None, outcome.backup_service
        )
        return rows.to_backup(context, record, values)

    def import_records(
        self,
        context: cinder_context.RequestContext,
        record_strings: list[str],
        **options: typing.Any,
    ) -> objects.BackupRecordPage:
        """Make backups from records; the answer has one item for each record.

        All that one host imports is one transaction.

        :param options: fields of
            :class:`cinder_backup_meta.objects.BackupRecordBatchOptions`
        :raises InvalidBackup: if the page as a whole is refused
        :raises BackupHostUnavailable: if no live host answers
        """
        options.setdefault('verify', CONF.backup_meta.verify)
        choice = objects.BackupRecordBatchOptions.with_defaults(
            context, **options
        )
        event = audit.PageEvent(
            'import', records=record_strings, dry_run=choice.dry_run
        )
        with errors.translated(), audit.trail(context, event):
            policy.authorize(context, rules.IMPORT)
            if choice.owner == choice.OWNER_RECORD:
                policy.authorize(context, rules.KEEP_OWNER)
                _check_owners(context, record_strings, choice)
            event.host, page = self._send(
                _as_seen(context), record_strings, choice
            )
            event.backup_ids = page.created_ids()
            return page

    def _send(
        self,
        context: cinder_context.RequestContext,
        record_strings: list[str],
        choice: objects.BackupRecordBatchOptions,
    ) -> tuple[str, objects.BackupRecordPage]:
        """Send records to hosts until each has met one with its driver.

        :returns: the last host that answered, and the joint answer
        """
        everything = list(range(len(record_strings)))
        # One host must be able to import all of them.
        undivided = choice.on_conflict == choice.CONFLICT_FAIL

        def call(indexes: list[int], host: str) -> objects.BackupRecordPage:
            if undivided:
                indexes = everything
            batch = objects.BackupRecordBatch(
                context, records=[record_strings[index] for index in indexes]
            )
            return self._hosts.rpcapi.import_records(
                context, host, batch, choice
            )

        def merge(
            indexes: list[int], items: list[hosts.Item]
        ) -> list[hosts.Item]:
            if undivided:
                return items
            merged = dict(enumerate(page.items))
            merged.update(zip(indexes, items, strict=True))
            return list(merged.values())

        hosts_left = self._hosts.begin()
        first, page = hosts_left.ask(lambda host: call(everything, host))
        last = hosts_left.ask_for_rest(page, call, merge)
        return last or first, page


def _read(
    context: cinder_context.RequestContext,
    record_string: str,
    ignore_unknown: bool,
    event: audit.RecordEvent,
) -> objects.BackupRecord:
    """Read a record string, and put the backup's id into the event."""
    try:
        record = objects.BackupRecord.from_string(
            context, record_string, CONF.backup_meta.clock_skew, ignore_unknown
        )
    except exception.RecordRefused as error:
        event.backup_id = error.named.get('id')
        raise
    event.backup_id = record.id
    return record


def _as_seen(
    context: cinder_context.RequestContext,
) -> cinder_context.RequestContext:
    """Return the context for hosts: what the importer may refer to.

    Whoever may not import for every owner may build on, and copy, the backups
    of the own project only.
    """
    return policy.as_seen(
        context,
        policy.is_allowed(context, rules.KEEP_OWNER, policy.EVERYTHING),
    )


def _check_owners(
    context: cinder_context.RequestContext,
    record_strings: list[str],
    choice: objects.BackupRecordBatchOptions,
) -> None:
    """Raise PolicyNotAuthorized if records are not to be kept by their owners.

    Those that cannot be read are left to the hosts, which refuse them.
    """
    if policy.is_allowed(context, rules.KEEP_OWNER, policy.EVERYTHING):
        return
    owners = set()
    for string in record_strings:
        try:
            # The host judges the times, by its own clock.
            values = codec.decode(string, None, choice.ignore_unknown)
        except exception.RecordRefused:
            continue
        user_id, project_id = values.get('user_id'), values.get('project_id')
        if user_id and project_id:
            owners.add(
                (
                    choice.users.get(user_id, user_id),
                    choice.projects.get(project_id, project_id),
                )
            )
    for user_id, project_id in sorted(owners):
        policy.authorize(
            context,
            rules.KEEP_OWNER,
            {'user_id': user_id, 'project_id': project_id},
        )
