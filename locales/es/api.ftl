# La página que describe la API.
api-title = API para interfaces propias
api-lead = Para la interfaz propia del operador. Las aplicaciones de otros usan el punto de autorización.
api-programs = Para programas
api-takes = Recibe
api-answers = Responde
api-shapes = Estructuras
