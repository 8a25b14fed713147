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

"""The key of an encrypted volume's backup: is it in this cloud?

Cinder's import copies ``encryption_key_id`` without a look, and a missing key
shows only when somebody needs the data.
"""

from collections.abc import Collection
from concurrent import futures
import typing

from castellan.common import exception as castellan_exception
from castellan import key_manager
from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import reason

CONF = cfg.CONF
conf.register_opts(CONF)
LOG = logging.getLogger(__name__)


def check_key(context: typing.Any, key_id: str) -> None:
    """Refuse a key that the configured key manager does not have.

    The key manager is the one that Cinder itself is configured with, asked
    with the rights of the caller.

    :raises Refused: with KEY_MISSING, or KEY_MANAGER_FAILED where the key
        manager gives no answer
    """
    try:
        key_manager.API(CONF).get(context, key_id)
    except (castellan_exception.ManagedObjectNotFoundError, KeyError):
        # Cinder's own manager of one key for tests raises KeyError.
        raise exception.Refused(
            reason.Reason.KEY_MISSING,
            f"the backup's encryption key {key_id} is not in this cloud's "
            'key manager, and without it nobody can read the data; restore '
            'the key first, or ask for the import without it',
        ) from None
    except Exception as error:
        LOG.exception('The key manager does not tell of key %s.', key_id)
        raise exception.Refused(
            reason.Reason.KEY_MANAGER_FAILED,
            f'the key manager does not tell whether it has the '
            f"backup's encryption key {key_id}: {type(error).__name__}; the "
            'log of cinder-backup says more',
        ) from None


def find_faults(
    context: typing.Any, key_ids: Collection[str]
) -> dict[str, exception.Refused]:
    """Look for many keys, side by side.

    :returns: by key what :func:`check_key` raises; what is there is absent
    """

    def find(key_id: str) -> exception.Refused | None:
        try:
            check_key(context, key_id)
        except exception.Refused as error:
            return error
        return None

    if len(key_ids) < 2:
        found = [find(key_id) for key_id in key_ids]
    else:
        with futures.ThreadPoolExecutor(
            CONF.backup_meta.lookup_threads
        ) as pool:
            found = list(pool.map(find, key_ids))
    return {
        key_id: fault
        for key_id, fault in zip(key_ids, found, strict=True)
        if fault
    }
