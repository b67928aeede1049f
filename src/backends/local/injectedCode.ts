/** Names the folder in which a prelude leaves what the job set; taken out of the environment by the prelude. */
export const notesVariable = 'BATCH_JOBS_NOTES';

/**
 * Runs before a Julia script and notes, after all that the script itself left for its end, what `RESULTS` and
 * `RESULTS_FILE` are. Workers of `-p` load it too and note nothing.
 */
export const juliaPrelude = `let notes = pop!(ENV, "${notesVariable}", "")
    if notes != "" && Base.JLOptions().worker == 0
        atexit() do
            try
                if haskey(ENV, "RESULTS")
                    write(joinpath(notes, "RESULTS"), ENV["RESULTS"])
                end
                if haskey(ENV, "RESULTS_FILE") && ENV["RESULTS_FILE"] != ""
                    write(joinpath(notes, "RESULTS_FILE"), abspath(ENV["RESULTS_FILE"]))
                end
            catch error
                @warn "The results of this job could not be recorded." error
            end
        end
    end
end
nothing
`;

/**
 * Runs a Python script as Python itself would: as `__main__`, with its own arguments and its own folder first on the
 * path. At the end, after all that the script left for it, it notes what `RESULTS` and `RESULTS_FILE` are; processes
 * that the script forks note nothing. Tracebacks begin in the script.
 */
export const pythonDriver = `def _run():
    import atexit, os, sys
    from importlib.machinery import SourceFileLoader

    notes = os.environ.pop("${notesVariable}", "")
    main_process = os.getpid()

    def note(name, value):
        with open(os.path.join(notes, name), "wb") as file:
            file.write(os.fsencode(value))

    def note_results():
        if os.getpid() != main_process:
            return
        if "RESULTS" in os.environ:
            note("RESULTS", os.environ["RESULTS"])
        if os.environ.get("RESULTS_FILE"):
            note("RESULTS_FILE", os.path.abspath(os.environ["RESULTS_FILE"]))

    if notes:
        atexit.register(note_results)

    del sys.argv[0]
    script = sys.argv[0]
    # Where Python was told to trust no folder, it put none there.
    if not getattr(sys.flags, "safe_path", False) and not sys.flags.isolated:
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    names = sys.modules["__main__"].__dict__
    names.update(__file__=script, __loader__=SourceFileLoader("__main__", script))
    names.pop("_run", None)
    status = None
    try:
        with open(script, "rb") as file:
            source = file.read()
        exec(compile(source, script, "exec", dont_inherit=True), names)
    except SystemExit:
        raise
    except BaseException as error:
        trace = error.__traceback__.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        status = 130 if isinstance(error, KeyboardInterrupt) else 1
    if status is not None:
        sys.exit(status)


_run()
`;
