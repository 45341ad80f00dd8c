#!/usr/bin/env bash
# Kills an experiment on real cells 20 times at random moments, lets it go on from its folder each time, and checks that no trial that had ended is lost or run
# twice. Some minutes; needs the reference data (DEEPYEAST_TEST_DATA).
set -euo pipefail
DEEPYEAST_LONG_TESTS=1 exec "$(dirname "${BASH_SOURCE[0]}")/../build.sh" test --filter "FullyQualifiedName~KilledExperiment" "$@"
