#!/usr/bin/env bash
# Kills a training on real cells 50 times at random moments, lets it go on from its checkpoints each time, and compares the weights at the end, bit for bit,
# with those of a training that nobody disturbed. Two to three minutes; needs the reference data (DEEPYEAST_TEST_DATA).
set -euo pipefail
DEEPYEAST_LONG_TESTS=1 exec "$(dirname "${BASH_SOURCE[0]}")/../build.sh" test --filter "FullyQualifiedName~KilledTraining" "$@"
