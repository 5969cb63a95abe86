// The one entry. Pages work without any of this: each module improves markup that is complete.
import "./clock.js";
import "./composer.js";
import "./drafts.js";
import "./keys.js";
import "./paste.js";
import "./promise.js";
import "./refresh.js";
import "./surface.js";
import "./undo.js";

document.documentElement.dataset.js = "";
