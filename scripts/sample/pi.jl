# Estimates pi by throwing darts at a square; prints its progress after each round.
using Random

function estimate_pi(rounds, darts)
    rng = MersenneTwister(20)
    inside = 0
    for step in 1:rounds
        inside += count(_ -> rand(rng)^2 + rand(rng)^2 <= 1, 1:darts)
        println("round ", step, " of ", rounds, ": pi is about ", round(4 * inside / (step * darts), digits=6))
        flush(stdout)
        sleep(0.3)
    end
    return 4 * inside / (rounds * darts)
end

rounds = parse(Int, get(ENV, "ROUNDS", "15"))
darts = parse(Int, get(ENV, "DARTS", "20000"))
estimate = estimate_pi(rounds, darts)

# The value of RESULTS at the end becomes the job's result.
ENV["RESULTS"] = "{\"pi\": $(estimate), \"darts\": $(rounds * darts)}"
