#!/bin/bash
# Estimates pi by throwing darts at a square; prints its progress after each round.
set -eu
rounds=${ROUNDS:-15}
darts=${DARTS:-2000}

RANDOM=20
inside=0
for ((step = 1; step <= rounds; step++)); do
  for ((dart = 0; dart < darts; dart++)); do
    ((x = RANDOM, y = RANDOM, inside += x * x + y * y <= 32767 * 32767)) || true
  done
  ((millionths = 4000000 * inside / (step * darts))) || true
  printf -v estimate '%d.%06d' $((millionths / 1000000)) $((millionths % 1000000))
  echo "round $step of $rounds: pi is about $estimate"
  sleep 0.3
done

# The content of this file becomes the job's result; outside a job it is not set.
if [ -n "${JULIAHUB_RESULTS_SUMMARY_FILE:-}" ]; then
  echo "{\"pi\": $estimate, \"darts\": $((rounds * darts))}" >"$JULIAHUB_RESULTS_SUMMARY_FILE"
fi
