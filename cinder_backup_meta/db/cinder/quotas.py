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

"""Which resources of Cinder's quota backups are charged to, and the limits.

:mod:`.quota_usages` reads what projects use of them, and corrects it;
:mod:`.quota_charges` charges projects for new backups;
:mod:`.quota_discrepancies` finds what is wrong.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

from cinder import quota
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

BACKUPS = 'backups'
GIGABYTES = 'backup_gigabytes'
RESOURCES = (BACKUPS, GIGABYTES)

#: Limits by project and resource; -1 means that there is none.
Limits = dict[str, dict[str, int]]

_QUOTAS = models.QUOTAS

# Cinder's own engine also knows the resources of every volume type, for which
# it asks the database at each use; this one has only those of backups.
_ENGINE = quota.QuotaEngine()
_ENGINE.register_resources(
    [
        quota.ReservableResource(BACKUPS, '_sync_backups', 'quota_backups'),
        quota.ReservableResource(
            GIGABYTES, '_sync_backup_gigabytes', 'quota_backup_gigabytes'
        ),
    ]
)


def is_of(
    column: typing.Any, project_ids: Collection[str]
) -> sa.sql.ColumnElement:
    """Return the condition that a row belongs to one of the projects.

    :param project_ids: may include None, which stands for no project
    """
    named = [project_id for project_id in project_ids if project_id]
    if len(named) == len(project_ids):
        return typing.cast(sa.sql.ColumnElement, column.in_(named))
    return sa.or_(column.in_(named), column.is_(None))


def limits_of(context: typing.Any, project_ids: Collection[str]) -> Limits:
    """Return the limits of projects.

    With Cinder's default quota driver, the number of statements is the same
    for any number of projects; other drivers are asked project by project.
    """
    if type(_ENGINE._driver) is not quota.DbQuotaDriver:
        return {
            project_id: _ask(context, project_id) for project_id in project_ids
        }
    defaults = _ENGINE.get_defaults(context)
    limits: Limits = {project_id: dict(defaults) for project_id in project_ids}
    # The quota class of a project is known from its own requests only.
    if context.quota_class and context.project_id in limits:
        limits[context.project_id] = _ask(context, context.project_id)
    for row in _find_own(context, project_ids):
        limits[row.project_id][row.resource] = row.hard_limit
    return limits


def _ask(context: typing.Any, project_id: str) -> dict[str, int]:
    found = _ENGINE.get_project_quotas(context, project_id, usages=False)
    return {resource: found[resource]['limit'] for resource in RESOURCES}


def _find_own(
    context: typing.Any, project_ids: Collection[str]
) -> list[sa.engine.Row]:
    """Return the limits set for single projects (``cinder quota-update``)."""
    columns = _QUOTAS.c
    query = sa.select(
        columns.project_id, columns.resource, columns.hard_limit
    ).where(
        is_of(columns.project_id, project_ids),
        columns.resource.in_(RESOURCES),
        models.live(_QUOTAS),
        columns.hard_limit.is_not(None),
    )
    return [
        row
        for row in context.session.execute(query)
        if row.project_id in project_ids
    ]
