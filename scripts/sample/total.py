"""Adds up the sales of data/sales.csv: a job that needs a file beside it, so submit the workspace, not the script."""

import csv
import json
import os
import pathlib

folder = pathlib.Path(__file__).parent
totals = {}
with open(folder / "data" / "sales.csv", newline="") as file:
    for row in csv.DictReader(file):
        totals[row["region"]] = totals.get(row["region"], 0) + int(row["units"])
        print(f"{row['month']} {row['region']}: {row['units']} units")

os.environ["RESULTS"] = json.dumps(totals)
