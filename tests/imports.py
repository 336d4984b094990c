"""Who imports whom, in Python and in the page, and where that goes round in a circle."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, set[str]]
# `import ... from "./x.js"`, `export ... from`, and the types of JSDoc: `import("./x.js").Thing`.
PAGE_IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["'](\.[^"']+\.js)["']""")


def python_imports(root: Path, packages: tuple[str, ...]) -> Graph:
    """Return what each Python file of `packages` imports of them, wherever in the file.

    Names are paths below `root`. Imports for type checkers alone count too: to understand a file
    one has to read them.
    """
    files = [file for package in packages for file in sorted((root / package).rglob("*.py"))]
    by_name = {_module_name(file.relative_to(root)): _shown(file, root) for file in files}
    graph: dict[str, set[str]] = {}
    for file in files:
        names = (_nearest(name, by_name) for name in imported_names(file))
        graph[_shown(file, root)] = {by_name[name] for name in names if name} - {_shown(file, root)}
    return graph


def imported_names(file: Path) -> Iterator[str]:
    """Yield the full dotted name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively; write the package's name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def page_imports(root: Path) -> Graph:
    """Return what each JavaScript module below `root` imports, types of JSDoc included."""
    return {
        _shown(file, root): {
            _shown((file.parent / name).resolve(), root)
            for name in PAGE_IMPORT.findall(file.read_text(encoding="utf-8"))
        }
        - {_shown(file, root)}
        for file in sorted(root.resolve().rglob("*.js"))
    }


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of names that reach each other (Tarjan 1972), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            group, stack[at:] = sorted(stack[at:]), []
            if len(group) > 1:
                found.append(group)

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def folder_circles(graph: Graph) -> list[list[str]]:
    """Return the circles among the children of each folder, a sub-folder counting as one child."""
    folders = {str(parent) for name in graph for parent in Path(name).parents}
    return [group for folder in sorted(folders) for group in circles(_children(graph, folder))]


def _children(graph: Graph, folder: str) -> Graph:
    children: dict[str, set[str]] = {}
    for name, others in graph.items():
        child = _child(name, folder)
        if child:
            inside = {_child(other, folder) for other in others} - {None, child}
            children.setdefault(child, set()).update(one for one in inside if one)
    return children


def _child(name: str, folder: str) -> str | None:
    """Return the file or folder right inside `folder` that holds `name`, None when it lies outside.

    What a package's `__init__.py` does is done by the package: it belongs to the folder above too.
    """
    path, above = Path(name), Path(folder)
    if above not in path.parents:
        return None
    return str(above / path.relative_to(above).parts[0])


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _nearest(name: str, known: Mapping[str, str]) -> str:
    """Return the longest beginning of a dotted name that is a module, '' when none is."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def _shown(file: Path, root: Path) -> str:
    return file.resolve().relative_to(root.resolve()).as_posix()
