// Read in a project without the types of Workers.
import postern from "postern/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [postern()] });

// @ts-expect-error: There is no such option.
postern({ no: "such option" });
