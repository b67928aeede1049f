"""Estimates pi by throwing darts at a square; prints its progress after each round."""

import json
import os
import random
import time

ROUNDS = int(os.environ.get("ROUNDS", "15"))
DARTS = int(os.environ.get("DARTS", "20000"))

random.seed(20)
inside = 0
for step in range(1, ROUNDS + 1):
    inside += sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(DARTS))
    estimate = 4 * inside / (step * DARTS)
    print(f"round {step} of {ROUNDS}: pi is about {estimate:.6f}")
    time.sleep(0.3)

# The value of RESULTS at the end becomes the job's result.
os.environ["RESULTS"] = json.dumps({"pi": estimate, "darts": ROUNDS * DARTS})
