/** The first character of a job's output line that is an entry of its logger. */
export const mark = '\u001e';
/** Separates an entry's level, message, module, file, line and values. */
export const between = '\u001f';

/**
 * Runs a job's code in Julia as the server's images do: log entries keep their level, location and values,
 * and `RESULTS` and `RESULTS_FILE` are read when it ends, also after a failure. Its arguments are the code's
 * file, the folder for results, and the job's root. Source: docs/protocols/juliahub.md, 5.1 and 7.4.
 */
export const wrapper = String.raw`
using Logging
struct JobLogger <: AbstractLogger end
Logging.min_enabled_level(::JobLogger) = Logging.Debug
Logging.shouldlog(::JobLogger, level, _module, group, id) =
    level >= Logging.Info || (_module isa Module && Base.moduleroot(_module) === Main)
Logging.catch_exceptions(::JobLogger) = true
job_text(value) = replace(replace(string(value), "\\" => "\\\\"), "\n" => "\\n")
function Logging.handle_message(::JobLogger, level, message, _module, group, id, file, line; kwargs...)
    parts = Any[level, message, _module, file, line]
    append!(parts, [string(key, "=", value) for (key, value) in kwargs])
    print(stdout, "\x1e" * join(map(job_text, parts), "\x1f") * "\n")
    flush(stdout)
end
global_logger(JobLogger())
let (code, folder, root) = ARGS
    empty!(ARGS)
    depot = joinpath(root, ".bundle", "depot")
    isdir(depot) && push!(DEPOT_PATH, depot)
    atexit() do
        haskey(ENV, "RESULTS") && write(joinpath(folder, "results"), ENV["RESULTS"])
        haskey(ENV, "RESULTS_FILE") && write(joinpath(folder, "results_file"), abspath(ENV["RESULTS_FILE"]))
    end
    Base.include(Main, code)
end
`;
