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

"""Checks of the options of Cinder that the plugin depends on."""

from cinder.api import extensions
from cinder.common import config  # noqa: F401  for the options
from oslo_config import cfg
from oslo_middleware import opts as middleware_opts
from oslo_utils import importutils

from cinder_backup_meta.cmd.status import result
from cinder_backup_meta.record import limits

CONF = cfg.CONF
for _group, _options in middleware_opts.list_opts_sizelimit():
    CONF.register_opts(_options, group=_group)

#: Bytes that the import of a page of 1,000 records may need.
BODY_SIZE = limits.MAX_MESSAGE_BYTES

_MANAGER = 'cinder_backup_meta.manager.BackupManager'
_API = 'cinder_backup_meta.api.API'
_EXTENSION = 'cinder_backup_meta.rest.extension.Backup_records'
_STANDARD = 'cinder.api.contrib.standard_extensions'
#: It loads the extensions that ``osapi_volume_ext_list`` names.
_SELECTED = 'cinder.api.contrib.select_extensions'


def check_manager() -> result.Result:
    """Check that cinder-backup runs our manager, or a subclass of it."""
    return _check_class(
        'backup_manager',
        _MANAGER,
        'cinder-backup does not load the plugin and answers none of its '
        'requests',
        'cinder-backup',
    )


def check_api_class() -> result.Result:
    """Check that cinder-api uses our API class, or a subclass of it."""
    return _check_class(
        'backup_api_class',
        _API,
        'the stock calls for export and import are not handled by the plugin',
        'cinder-api',
    )


def _check_class(
    option: str, ours: str, consequence: str, service: str
) -> result.Result:
    name = CONF[option]
    advice = f'set {option} = {ours} in [DEFAULT] and restart {service}'
    try:
        is_ours = issubclass(
            importutils.import_class(name), importutils.import_class(ours)
        )
    except Exception as error:
        # Any error of an import keeps the service from starting.
        return result.failure(
            f'{option} is {name}, which cannot be loaded '
            f'({_in_short(error)}), and {service} does not start: install '
            f'what is missing, or {advice}.'
        )
    if is_ours:
        return result.success()
    return result.failure(f'{option} is {name}; {consequence}: {advice}.')


def check_extensions() -> result.Result:
    """Check that cinder-api loads our extension and those of Cinder.

    Cinder only logs a warning if it cannot import an extension, and ignores
    one without a docstring. Therefore the extensions are really loaded here.
    """
    configured = CONF.osapi_volume_extension
    advice = (
        'give osapi_volume_extension twice in [DEFAULT], once as '
        f'{_STANDARD} and once as {_EXTENSION}, and restart cinder-api.'
    )
    if not {_STANDARD, _SELECTED} & set(configured):
        return result.failure(
            "Cinder's own extensions are not loaded, because setting "
            f'osapi_volume_extension replaces its default: {advice}'
        )
    if _EXTENSION not in configured:
        return result.failure(
            'The REST calls under backup-records are missing, because '
            f'osapi_volume_extension does not name the plugin: {advice}'
        )
    return _load_extensions()


def _load_extensions() -> result.Result:
    try:
        ours = importutils.import_class(_EXTENSION)
    except Exception as error:
        return _not_loaded(_in_short(error))
    # Loading is enough: the routes would need the message queue.
    loaded = extensions.ExtensionManager().extensions
    if not isinstance(loaded.get(ours.alias), ours):
        return _not_loaded('Cinder ignores it')
    return result.success()


def _not_loaded(why: str) -> result.Result:
    return result.failure(
        f'The API extension {_EXTENSION} cannot be loaded ({why}); '
        'cinder-api only logs a warning: install the plugin and its '
        'dependencies where cinder-api runs, and restart cinder-api.'
    )


def check_body_size() -> result.Result:
    """Check that a page of records can be imported by one request."""
    found = CONF.oslo_middleware.max_request_body_size
    if found >= BODY_SIZE:
        return result.success()
    return result.warning(
        f'max_request_body_size in [oslo_middleware] is {found} bytes. '
        'Imports of many records are refused or need many requests: set it '
        f'to {BODY_SIZE} on the hosts of cinder-api and restart cinder-api.'
    )


def _in_short(error: Exception) -> str:
    return ' '.join(str(error).split()) or type(error).__name__
