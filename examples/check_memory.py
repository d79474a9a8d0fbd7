"""Is each pair of a translation memory right? The memory here is a list; a file: `polyalign check FILE`.

python examples/check_memory.py
"""

import polyalign

MEMORY = [
    ("وصل الوزير إلى أنقرة يوم الأحد.", "The minister arrived in Ankara on Sunday."),
    ("وصل الوزير إلى أنقرة يوم الأحد.", "The harvest of wheat was poor this year."),
    ("بلغ عدد القتلى 45 شخصا.", "The number of dead reached 54."),
    ("أغلق الميناء بسبب العاصفة.", "أغلق الميناء بسبب العاصفة."),
]


def main() -> None:
    """Prints of each pair how probable it is that it is right, and what is wrong with it."""
    report = polyalign.check(MEMORY, source_language="ar", target_language="en")
    for number, found in enumerate(report):
        print(number, f"{found.score:.2f}", *(problem.kind for problem in found.problems))
    print(report.summary())


if __name__ == "__main__":
    main()
