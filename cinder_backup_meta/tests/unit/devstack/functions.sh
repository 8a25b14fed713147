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
# shellcheck shell=bash disable=SC2034

# Stand for those functions of devstack that the plugin calls. They do what
# devstack's documentation says of them, as far as the plugin needs it; what
# would install something or change a server is written to $CALLS instead.

declare -A GITDIR

function _record {
    echo "$*" >>"$CALLS"
}

function _ini {
    "$PYTHON" "$STUBS/ini_file.py" "$@"
}

function iniset {
    _ini set "$1" "$2" "$3" "$4"
}

function iniset_multiline {
    _ini set "$@"
}

function iniget_multiline {
    _ini get "$@"
}

function inidelete {
    _ini delete "$@"
}

function define_plugin {
    :
}

function echo_summary {
    echo "$@"
}

function die {
    local line=$1
    shift
    echo "[ERROR] line $line: $*" >&2
    exit 1
}

# trueorfalse DEFAULT NAME
function trueorfalse {
    case "${!2:-$1}" in
        1 | [Tt]rue | [Yy]es) echo True ;;
        *) echo False ;;
    esac
}

function is_service_enabled {
    local service
    for service in "$@"; do
        [[ ",$ENABLED_SERVICES," == *",$service,"* ]] && return 0
    done
    return 1
}

function setup_develop {
    _record setup_develop "$@"
}

# With a file where devstack has a server.
function recreate_database {
    _record recreate_database "$@"
    rm -f "$DATABASES/$1.sqlite"
}

function database_connection_url {
    echo "sqlite:///$DATABASES/$1.sqlite?timeout=5&plugin="
}
