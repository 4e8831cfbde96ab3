// Short texts to click on. Some are easy, some are not.
export const EXAMPLES = [
  ["Python", `from dataclasses import dataclass

@dataclass
class Kettle:
    litres: float
    hot: bool = False

    def boil(self):
        if self.litres > 0:
            self.hot = True
        return self
`],
  ["Rust", `fn longest<'a>(words: &'a [String]) -> Option<&'a str> {
    words
        .iter()
        .map(|word| word.as_str())
        .max_by_key(|word| word.len())
}
`],
  ["TypeScript", `type Shelf = { id: number; books: string[] };

export async function loadShelf(id: number): Promise<Shelf> {
  const answer = await fetch(\`/shelves/\${id}\`);
  if (!answer.ok) throw new Error("no such shelf");
  return answer.json() as Promise<Shelf>;
}
`],
  ["SQL", `SELECT city, count(*) AS gardens
FROM allotments
WHERE leased_until > '2031-01-01'
GROUP BY city
HAVING count(*) >= 3
ORDER BY gardens DESC;
`],
  ["Dockerfile", `FROM debian:stable-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini
COPY kettle /usr/local/bin/kettle
ENTRYPOINT ["tini", "--", "kettle"]
`],
  ["C or C++?", `#include <stdio.h>

int main(void) {
    for (int row = 0; row < 4; row++)
        printf("%d\\n", row * row);
    return 0;
}
`],
  ["Prose", `The ferry leaves at ten past six, and whoever misses it walks
around the bay, which takes until noon if the tide is out.
`],
];
