#!/bin/bash
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

# The devstack plugin cinder-backup-meta: puts the plugin for Cinder into the
# Cinder that devstack installs. devstack sources it with a mode and a phase.

_XTRACE_CINDER_BACKUP_META=$(set +o | grep xtrace)
set +o xtrace

CINDER_BACKUP_META_EXTENSION=cinder_backup_meta.rest.extension.Backup_records

# install_cinder_backup_meta() - Install from the source, without the extra
# that names Cinder: devstack has installed that, from its own source.
function install_cinder_backup_meta {
    setup_develop "$CINDER_BACKUP_META_DIR"
}

# configure_cinder_backup_meta() - Set the options that make it active
function configure_cinder_backup_meta {
    iniset "$CINDER_CONF" DEFAULT backup_manager cinder_backup_meta.manager.BackupManager
    iniset "$CINDER_CONF" DEFAULT backup_api_class cinder_backup_meta.api.API
    _cinder_backup_meta_add_extension
    iniset "$CINDER_CONF" oslo_middleware max_request_body_size "$CINDER_BACKUP_META_BODY_SIZE"
    iniset "$CINDER_CONF" backup_meta_catalog connection "$(database_connection_url "$CINDER_BACKUP_META_DATABASE")"
}

# The option takes several values, and setting it replaces its default. Those
# that are there already stay, such as those of another plugin.
function _cinder_backup_meta_add_extension {
    local extensions
    extensions=$(_cinder_backup_meta_other_extensions)
    # A word is a value to iniset_multiline.
    # shellcheck disable=SC2086
    iniset_multiline "$CINDER_CONF" DEFAULT osapi_volume_extension \
        ${extensions:-cinder.api.contrib.standard_extensions} \
        "$CINDER_BACKUP_META_EXTENSION"
}

function _cinder_backup_meta_other_extensions {
    local extension
    for extension in $(iniget_multiline "$CINDER_CONF" DEFAULT osapi_volume_extension); do
        if [[ "$extension" != "$CINDER_BACKUP_META_EXTENSION" ]]; then
            echo "$extension"
        fi
    done
}

# init_cinder_backup_meta() - Make the plugin's own database, where devstack
# makes those of the services: not on the subnodes
function init_cinder_backup_meta {
    # Each word is the name of a service.
    # shellcheck disable=SC2086
    if is_service_enabled $DATABASE_BACKENDS; then
        recreate_database "$CINDER_BACKUP_META_DATABASE"
        "$CINDER_BIN_DIR/cinder-backup-meta-manage" --config-file "$CINDER_CONF" db sync
    fi
}

# check_cinder_backup_meta() - Stop with an error if something is missing;
# warnings are only shown
function check_cinder_backup_meta {
    local status=0
    "$CINDER_BIN_DIR/cinder-backup-meta-status" --config-file "$CINDER_CONF" upgrade check || status=$?
    if [[ "$status" -gt 1 ]]; then
        die $LINENO "cinder-backup-meta is not installed completely, see above"
    fi
}

# configure_cinder_backup_meta_tests() - Let tempest fail rather than skip the
# plugin's tests if Cinder runs without it
function configure_cinder_backup_meta_tests {
    iniset "$TEMPEST_CONFIG" backup_meta required True
}

# cleanup_cinder_backup_meta() - Leave a cinder.conf for Cinder alone
function cleanup_cinder_backup_meta {
    if [[ ! -f "$CINDER_CONF" ]]; then
        return 0
    fi
    local extensions
    extensions=$(_cinder_backup_meta_other_extensions)
    inidelete "$CINDER_CONF" DEFAULT backup_manager
    inidelete "$CINDER_CONF" DEFAULT backup_api_class
    # shellcheck disable=SC2086
    iniset_multiline "$CINDER_CONF" DEFAULT osapi_volume_extension \
        ${extensions:-cinder.api.contrib.standard_extensions}
    inidelete "$CINDER_CONF" oslo_middleware max_request_body_size
    inidelete "$CINDER_CONF" backup_meta_catalog connection
}

if is_service_enabled c-api || is_service_enabled c-bak; then
    if [[ "$1" == "stack" && "$2" == "install" ]]; then
        echo_summary "Installing cinder-backup-meta"
        install_cinder_backup_meta
    elif [[ "$1" == "stack" && "$2" == "post-config" ]]; then
        # After Cinder is configured and before it is started.
        echo_summary "Configuring cinder-backup-meta"
        configure_cinder_backup_meta
        init_cinder_backup_meta
    elif [[ "$1" == "stack" && "$2" == "extra" ]]; then
        if [[ "$CINDER_BACKUP_META_CHECK" == "True" ]]; then
            echo_summary "Checking cinder-backup-meta"
            check_cinder_backup_meta
        fi
    elif [[ "$1" == "stack" && "$2" == "test-config" ]]; then
        if is_service_enabled tempest; then
            echo_summary "Configuring the tests of cinder-backup-meta"
            configure_cinder_backup_meta_tests
        fi
    elif [[ "$1" == "unstack" ]]; then
        # What runs are Cinder's services, which devstack stops.
        :
    elif [[ "$1" == "clean" ]]; then
        cleanup_cinder_backup_meta
    fi
fi

$_XTRACE_CINDER_BACKUP_META
