/** The words for selections, in the page's language: read when the first one is made. */

const en = {
  heading: "Selection",
  withTool: "With the tool Select",
  all: "Select the whole layer",
  copy: "Copy",
  cut: "Cut out",
  paste: "Paste",
  flipAcross: "Flip left to right",
  flipDown: "Flip upside down",
  twice: "Twice as large",
  thrice: "Three times as large",
  half: "Half as large",
  erase: "Erase what is selected",
  eraseKey: "Del",
  copied: "Copied",
  pasted: "Pasted. Drag it to its place",
  nothing: "Nothing is selected",
  nothingCopied: "Nothing was copied yet",
};

/** @type {Record<string, typeof en>} */
const LANGUAGES = {
  en,
  de: {
    heading: "Auswahl",
    withTool: "Mit dem Werkzeug Auswählen",
    all: "Ganze Ebene auswählen",
    copy: "Kopieren",
    cut: "Ausschneiden",
    paste: "Einfügen",
    flipAcross: "Links und rechts vertauschen",
    flipDown: "Oben und unten vertauschen",
    twice: "Doppelt so groß",
    thrice: "Dreimal so groß",
    half: "Halb so groß",
    erase: "Auswahl löschen",
    eraseKey: "Entf",
    copied: "Kopiert",
    pasted: "Eingefügt. Zieh es an seinen Platz",
    nothing: "Nichts ist ausgewählt",
    nothingCopied: "Noch ist nichts kopiert",
  },
};

export const words = () => LANGUAGES[document.documentElement.lang] ?? en;
