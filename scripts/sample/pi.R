# Estimates pi by throwing darts at a square; prints its progress after each round.
rounds <- as.integer(Sys.getenv("ROUNDS", "15"))
darts <- as.integer(Sys.getenv("DARTS", "20000"))

set.seed(20)
inside <- 0
for (step in seq_len(rounds)) {
  inside <- inside + sum(runif(darts)^2 + runif(darts)^2 <= 1)
  estimate <- 4 * inside / (step * darts)
  cat(sprintf("round %d of %d: pi is about %.6f\n", step, rounds, estimate))
  Sys.sleep(0.3)
}

# The content of this file becomes the job's result; outside a job it is not set.
summary_file <- Sys.getenv("JULIAHUB_RESULTS_SUMMARY_FILE")
if (nzchar(summary_file)) {
  writeLines(sprintf('{"pi": %.6f, "darts": %d}', estimate, rounds * darts), summary_file)
}
