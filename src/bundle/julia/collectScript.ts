/**
 * The Julia program that determines what only Julia can: a manifest if there is none, packages that no
 * registry has and their installed copies, and the locations of artifacts. Requires Julia 1.3. Its arguments:
 * the file for its report, then the artifact files of the project and of its own packages. Each line of the
 * report is a finding: its kind and, separated by tabs, its values as hexadecimal UTF-8. The last line is
 * `end`.
 *
 * Source: docs/protocols/juliahub.md, 4.4; Pkg.jl and Artifacts of Julia 1.5 to 1.12.
 */
export const collectScript = String.raw`
import Pkg

const report = open(ARGS[1], "w")
tell(kind, words...) = println(report, join([kind; [bytes2hex(Vector{UInt8}(string(word))) for word in words]], "\t"))
said(error) = first(split(sprint(showerror, error), "\n"))

const project = dirname(Base.active_project())
const manifest = joinpath(project, "Manifest.toml")
tell("version", VERSION)

# Without a look at the network where the registries at hand suffice.
if !isfile(manifest)
    try
        try
            Pkg.resolve()
        catch
            Pkg.instantiate()
        end
        tell("manifest", read(manifest, String))
    catch error
        tell("unresolved", said(error))
    end
end

function registered()
    found = Set{String}()
    if isdefined(Pkg, :Registry) && isdefined(Pkg.Registry, :reachable_registries)
        for registry in Pkg.Registry.reachable_registries(), (uuid, _) in registry
            push!(found, string(uuid))
        end
        return found
    end
    for depot in DEPOT_PATH
        folder = joinpath(depot, "registries")
        isdir(folder) || continue
        for name in readdir(folder)
            file = joinpath(folder, name, "Registry.toml")
            isfile(file) || continue
            union!(found, keys(get(Pkg.TOML.parsefile(file), "packages", Dict())))
        end
    end
    return found
end

entries(file) = begin
    found = Pkg.TOML.parsefile(file)
    haskey(found, "manifest_format") ? get(found, "deps", Dict()) : found
end

function copyof(name, entry)
    uuid = Base.UUID(entry["uuid"])
    tree = Base.SHA1(hex2bytes(entry["git-tree-sha1"]))
    for slug in (Base.version_slug(uuid, tree), Base.version_slug(uuid, tree, 4)), depot in DEPOT_PATH
        path = joinpath(depot, "packages", name, slug)
        isdir(path) && return (slug, path)
    end
    return nothing
end

function artifacts(file)
    for name in keys(Pkg.TOML.parsefile(file))
        try
            meta = Pkg.Artifacts.artifact_meta(name, file)
            meta === nothing && continue
            hash = Base.SHA1(meta["git-tree-sha1"])
            Pkg.Artifacts.artifact_exists(hash) || Pkg.Artifacts.ensure_artifact_installed(name, file)
            tell("artifact", meta["git-tree-sha1"], Pkg.Artifacts.artifact_path(hash))
        catch error
            tell("noArtifact", name, file, said(error))
        end
    end
end

function unregistered()
    known = registered()
    return [
        (name, entry)
        for (name, list) in entries(manifest) if list isa Vector
        for entry in list
        if haskey(entry, "git-tree-sha1") && !haskey(entry, "path") && !(entry["uuid"] in known)
    ]
end

if isfile(manifest)
    found = unregistered()
    why = ""
    if any(copyof(name, entry) === nothing for (name, entry) in found)
        try
            Pkg.instantiate()
        catch error
            global why = said(error)
        end
    end
    for (name, entry) in found
        at = copyof(name, entry)
        if at === nothing
            tell("noPackage", name, why)
            continue
        end
        tell("package", name, at...)
        for file in ("JuliaArtifacts.toml", "Artifacts.toml")
            path = joinpath(at[2], file)
            isfile(path) && (artifacts(path); break)
        end
    end
end
foreach(artifacts, ARGS[2:end])
tell("end")
close(report)
`;
