import { build } from 'esbuild'; import { minify } from '@swc/core'; import {gzipSync, brotliCompressSync} from 'node:zlib';
const SET='{site:"shop",endpoint:"/h",base:"/h/8f3a1b2c/",name:"hindsight",cookie:";path=/;max-age=34560000;samesite=lax;domain=shop.example"}';
for (const full of [false,true]) for (const mini of [true,false]) {
const r = await build({entryPoints:['tracker/src/script/core.ts'],bundle:true,format:mini?'iife':'esm',target:'es2021',write:false,mangleProps:/_$/,define:{__FULL__:String(full)},minify:mini, minifySyntax:true});
const raw=r.outputFiles[0].text;
const m = mini?{code:raw}: await minify('(()=>{'+raw+'})()',{compress:{passes:4,unsafe:true,ecma:2021,toplevel:true,hoist_props:true,pure_getters:true,unsafe_arrows:true,unsafe_methods:true},mangle:{toplevel:true},ecma:2021,module:false});
const code=m.code.replace('__SETTINGS__',SET); console.log(full, mini,code.length, gzipSync(code,{level:9}).length, brotliCompressSync(code).length);
if(process.argv[2]==mini) console.log(code);
}
