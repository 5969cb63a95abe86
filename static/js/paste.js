// [data-picker]: lists chosen files, takes one back, and adds pictures pasted or dropped into its form.
const MARK = "[data-picker]";
const chosen = new WeakMap(); // choosing again adds to what was chosen; browsers alone would replace it

const pickerOf = (target) => target.closest?.("form")?.querySelector(MARK);
const inputOf = (picker) => picker.querySelector("input[type=file]");

function choose(picker, files) {
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  inputOf(picker).files = carrier.files;
  chosen.set(picker, [...carrier.files]);
  show(picker);
}

/** The chosen files as chips, each with a button that takes it back. */
function show(picker) {
  const files = [...inputOf(picker).files];
  picker.querySelector("output").replaceChildren(...files.map((file, index) => {
    const chip = document.createElement("span"), name = document.createElement("span"), back = document.createElement("button");
    chip.className = "file";
    name.className = "clip";
    name.textContent = file.name;
    back.type = "button";
    back.className = "btn quiet icon";
    back.textContent = "×";
    back.setAttribute("aria-label", picker.dataset.remove.replace("{name}", file.name));
    back.addEventListener("click", () => {
      choose(picker, files.filter((_, other) => other !== index));
      inputOf(picker).focus();
    });
    chip.append(name, back);
    return chip;
  }));
}

function named(file, index) {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  const type = file.type.split("/")[1] || "png";
  return new File([file], `screenshot-${stamp}${index ? `-${index}` : ""}.${type}`, { type: file.type });
}

function take(event, carrier, keepNames) {
  const picker = pickerOf(event.target);
  const files = [...(carrier?.files ?? [])].filter((file) => keepNames || file.type.startsWith("image/"));
  if (!picker || !files.length) return;
  event.preventDefault();
  choose(picker, [...inputOf(picker).files, ...(keepNames ? files : files.map(named))]);
}

document.addEventListener("paste", (event) => take(event, event.clipboardData, false));
document.addEventListener("drop", (event) => take(event, event.dataTransfer, true));
document.addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files") && pickerOf(event.target)) event.preventDefault();
});
document.addEventListener("change", (event) => {
  const picker = event.target.closest(MARK);
  if (picker) choose(picker, [...(chosen.get(picker) ?? []), ...inputOf(picker).files]);
});
